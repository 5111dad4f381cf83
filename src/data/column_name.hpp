#pragma once

#include "text/similar.hpp"

#include <cstddef>
#include <optional>
#include <string_view>

namespace tmq::data {

/// Returns the index of the element whose `name` is `name`: exact match first, then without regard to ASCII
/// case.
template <class Range>
std::optional<std::size_t> find_by_name(const Range& range, std::string_view name) noexcept {
    for (std::size_t i = 0; i < range.size(); ++i)
        if (range[i].name == name) return i;
    for (std::size_t i = 0; i < range.size(); ++i)
        if (text::same_but_for_case(range[i].name, name)) return i;
    return std::nullopt;
}

}  // namespace tmq::data
