#include "protocol/action.hpp"

#include <array>
#include <cstddef>
#include <utility>

namespace tmq::protocol {
namespace {

constexpr std::array names = {
    std::pair{action::version, std::string_view("version")},
    std::pair{action::subscribe, std::string_view("subscribe")},
    std::pair{action::poll, std::string_view("poll")},
    std::pair{action::fetch, std::string_view("fetch")},
    std::pair{action::fetch_block, std::string_view("fetch_block")},
    std::pair{action::fetch_raw, std::string_view("fetch_raw")},
    std::pair{action::fetch_raw_data, std::string_view("fetch_raw_data")},
    std::pair{action::fetch_json_meta, std::string_view("fetch_json_meta")},
    std::pair{action::commit, std::string_view("commit")},
    std::pair{action::commit_offset, std::string_view("commit_offset")},
    std::pair{action::committed, std::string_view("committed")},
    std::pair{action::position, std::string_view("position")},
    std::pair{action::assignment, std::string_view("assignment")},
    std::pair{action::seek, std::string_view("seek")},
    std::pair{action::list_topics, std::string_view("list_topics")},
    std::pair{action::unsubscribe, std::string_view("unsubscribe")},
};

constexpr bool is_in_order() {
    for (std::size_t i = 0; i < names.size(); ++i)
        if (static_cast<std::size_t>(names[i].first) != i + 1) return false;
    return true;
}
static_assert(is_in_order());

}  // namespace

std::string_view to_string(action value) noexcept {
    // `names` is in the order of the enumerators, after `unknown`.
    const auto index = static_cast<std::size_t>(value) - 1;
    return index < names.size() ? names[index].second : "unknown";
}

action parse_action(std::string_view name) noexcept {
    for (const auto& [value, entry] : names)
        if (entry == name) return value;
    return action::unknown;
}

}  // namespace tmq::protocol
