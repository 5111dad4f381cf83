#include "config/property.hpp"
#include "text/printable.hpp"
#include "text/similar.hpp"
#include "text/utf8.hpp"
#include "tmq/config.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace tmq {
namespace {

constexpr std::size_t max_shown_name = 64;

/// Why a key is not taken; nothing when it is to be passed on.
std::string objection(std::string_view key, bool allowed) {
    const std::string_view meant = settings::nearest_name(key);
    // What differs by case alone libtaos would take for the key itself, past all that is checked here.
    if (allowed && !text::same_but_for_case(key, meant)) return {};
    return meant.empty() ? std::string("is not known")
                         : fmt::format("is not known; did you mean '{}'?", meant);
}

}  // namespace

config& config::set(std::string_view key, std::string_view value) {
    apply_one(key, value, fmt::format("property '{}'", text::printable(key, max_shown_name)));
    return *this;
}

void config::apply_one(std::string_view key, std::string_view value, std::string_view unknown_as) {
    if (const settings::property* known = settings::find_property(key)) {
        known->set(*this, settings::given_value(*known, key, value));
        return;
    }
    if (const std::string why = objection(key, allow_unknown_keys_); !why.empty())
        settings::refuse(unknown_as, why);
    for (const std::string_view text : {key, value})
        if (!text::is_valid_utf8(text) || text.find('\0') != std::string_view::npos)
            settings::refuse(unknown_as, "is not text");
    extra_properties_.insert_or_assign(std::string(key), std::string(value));
}

void config::apply(const property_list& given, source from) {
    struct entry {
        std::size_t rank;  ///< place in the table: what is more specific comes later, unknown keys last
        std::size_t place;
    };
    const auto table = settings::properties();
    std::vector<entry> order;
    for (std::size_t i = 0; i < given.size(); ++i) {
        const settings::property* known = settings::find_property(given[i].first);
        if (from == source::query && known != nullptr && known->key == "ws.url")
            settings::refuse(given[i].first, "has no place in a query");
        order.push_back(
            {known == nullptr ? table.size() : static_cast<std::size_t>(known - table.data()), i});
    }
    std::sort(order.begin(), order.end(), [](const entry& a, const entry& b) {
        return std::pair(a.rank, a.place) < std::pair(b.rank, b.place);
    });
    for (std::size_t i = 0; i < order.size(); ++i) {
        const auto& [key, value] = given[order[i].place];
        if (i != 0 && order[i].rank != table.size() && order[i].rank == order[i - 1].rank) {
            const std::string& other = given[order[i - 1].place].first;
            if (other != key)
                settings::refuse(fmt::format("'{}' and '{}'", other, key), "are the same setting");
        }
        // In a query an unknown key may be a piece of a password that was not escaped, so it is not shown.
        apply_one(key, value,
                  from == source::query ? fmt::format("key {} of the query", order[i].place + 1)
                                        : fmt::format("property '{}'", text::printable(key, max_shown_name)));
    }
}

}  // namespace tmq
