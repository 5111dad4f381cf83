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
    fetch_raw_data,
    commit_offset,
    assignment,
    position,
    unsubscribe,
};

std::string_view to_string(action value) noexcept;
action action_from(std::string_view name) noexcept;

}  // namespace tmq::protocol
