#pragma once

#include <cstdint>
#include <string_view>

namespace tmq::protocol {

/// What a request asks for, and what its reply names in `action`.
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
    unsubscribe,
};

std::string_view to_string(action value) noexcept;
action action_from(std::string_view name) noexcept;

/// True if the action gets a part of the message that a poll announced.
constexpr bool is_fetch(action value) noexcept {
    return value >= action::fetch && value <= action::fetch_json_meta;
}
/// True if a successful reply is binary.
constexpr bool is_binary(action value) noexcept {
    return value >= action::fetch_block && value <= action::fetch_raw_data;
}

}  // namespace tmq::protocol
