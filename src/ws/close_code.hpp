#pragma once

#include "base/defect_code.hpp"

#include <cstdint>

/// Status codes of the closing handshake (RFC 6455 7.4 and the IANA registry of such codes).
namespace tmq::ws::close_code {

inline constexpr std::uint16_t normal = 1000;
inline constexpr std::uint16_t going_away = 1001;
inline constexpr std::uint16_t protocol_error = 1002;
/// Represents a close frame without a code; never sent.
inline constexpr std::uint16_t no_status = 1005;
inline constexpr std::uint16_t bad_payload = 1007;
inline constexpr std::uint16_t too_big = 1009;

/// True if a peer may send `code` in a close frame.
constexpr bool is_sendable(std::uint16_t code) noexcept {
    return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
}

/// Returns the code that reports to the peer why its frames were refused.
constexpr std::uint16_t refusal_code(base::defect_code refused) noexcept {
    switch (refused) {
        case base::defect_code::message_too_big: return too_big;
        case base::defect_code::frame_text_not_utf8:
        case base::defect_code::inflate_corrupt:
        case base::defect_code::inflate_truncated: return bad_payload;
        default: return protocol_error;
    }
}

}  // namespace tmq::ws::close_code
