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

/// Returns the reason to refuse an unknown key; empty if it is passed on to the server.
std::string objection(std::string_view key, bool allowed) {
    const std::string_view similar = settings::nearest_name(key);
    // libtaos ignores the case of keys, so a key that differs only by case would bypass the checks of the
    // known one.
    if (allowed && !text::same_but_for_case(key, similar)) return {};
    return similar.empty() ? std::string("is not known")
                           : fmt::format("is not known; did you mean '{}'?", similar);
}

}  // namespace

config& config::set(std::string_view key, std::string_view value) {
    apply_one(key, value, fmt::format("property '{}'", text::printable(key, max_shown_name)));
    return *this;
}

void config::apply_one(std::string_view key, std::string_view value, std::string_view shown_name) {
    if (const settings::property* known = settings::find_property(key)) {
        known->set(*this, settings::given_value(*known, key, value));
        return;
    }
    if (const std::string problem = objection(key, allow_unknown_keys_); !problem.empty())
        settings::refuse(shown_name, problem);
    for (const std::string_view text : {key, value})
        if (!text::is_valid_utf8(text) || text.find('\0') != std::string_view::npos)
            settings::refuse(shown_name, "is not text");
    extra_properties_.insert_or_assign(std::string(key), std::string(value));
}

void config::apply(const property_list& given, source origin) {
    struct entry {
        std::size_t rank;      ///< position in the table: a more specific key comes later, unknown keys last
        std::size_t position;  ///< in `given`
    };
    const auto table = settings::properties();
    std::vector<entry> order;
    for (std::size_t i = 0; i < given.size(); ++i) {
        const settings::property* known = settings::find_property(given[i].first);
        if (origin == source::query && known != nullptr && known->key == "ws.url")
            settings::refuse(given[i].first, "is not allowed in a query");
        order.push_back(
            {known == nullptr ? table.size() : static_cast<std::size_t>(known - table.data()), i});
    }
    std::sort(order.begin(), order.end(), [](const entry& a, const entry& b) {
        return std::pair(a.rank, a.position) < std::pair(b.rank, b.position);
    });
    for (std::size_t i = 0; i < order.size(); ++i) {
        const auto& [key, value] = given[order[i].position];
        if (i != 0 && order[i].rank != table.size() && order[i].rank == order[i - 1].rank) {
            const std::string& other = given[order[i - 1].position].first;
            if (other != key)
                settings::refuse(fmt::format("'{}' and '{}'", other, key), "are names of the same setting");
        }
        // An unknown key in a query may be a piece of a password that was not escaped, so it is not shown.
        apply_one(key, value,
                  origin == source::query
                      ? fmt::format("key {} of the query", order[i].position + 1)
                      : fmt::format("property '{}'", text::printable(key, max_shown_name)));
    }
}

}  // namespace tmq
