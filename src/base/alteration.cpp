#include "base/alteration.hpp"

#include <cstddef>
#include <utility>
#include <variant>

namespace tmq::base {
namespace {

template <std::size_t Index>
void emplace_if_named(std::int64_t alter_type, std::optional<alteration>& out) {
    if (std::variant_alternative_t<Index, alteration>::alter_type == alter_type)
        out.emplace(std::in_place_index<Index>);
}

template <std::size_t... Indexes>
std::optional<alteration> find(std::int64_t alter_type, std::index_sequence<Indexes...>) {
    std::optional<alteration> found;
    (emplace_if_named<Indexes>(alter_type, found), ...);
    return found;
}

}  // namespace

std::optional<alteration> make_alteration(std::int64_t alter_type) {
    return find(alter_type, std::make_index_sequence<std::variant_size_v<alteration>>());
}

}  // namespace tmq::base
