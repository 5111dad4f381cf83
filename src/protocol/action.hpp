#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tmq::protocol {

/// Action of a request, which the reply repeats. See docs/protocol.md, Requests and replies.
enum class action : std::uint8_t {
    unknown,
    version,
    subscribe,
    poll,
    fetch,
    fetch_block,
    fetch_raw,
    fetch_raw_data,
    fetch_json_meta,
    commit,
    commit_offset,
    committed,
    position,
    assignment,
    seek,
    list_topics,
    unsubscribe,  // the last, see action_count
};

inline constexpr std::size_t action_count = static_cast<std::size_t>(action::unsubscribe) + 1;

std::string_view to_string(action value) noexcept;
/// Returns action::unknown for an unknown name.
action parse_action(std::string_view name) noexcept;

/// True if the action fetches a part of the message that a poll announced.
constexpr bool is_fetch(action value) noexcept {
    return value >= action::fetch && value <= action::fetch_json_meta;
}
/// True if a successful reply to the action is binary.
constexpr bool is_binary(action value) noexcept {
    return value >= action::fetch_block && value <= action::fetch_raw_data;
}

}  // namespace tmq::protocol
