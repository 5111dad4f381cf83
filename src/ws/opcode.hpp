#pragma once

#include <cstddef>
#include <cstdint>

namespace tmq::ws {

/// What a frame is (RFC 6455 5.2). The missing numbers are reserved.
enum class opcode : std::uint8_t { continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

constexpr bool is_control(opcode op) noexcept { return op >= opcode::close; }

/// In the first byte of a frame: the last of its message. In the second: the payload is masked.
inline constexpr std::uint8_t final_bit = 0x80;
inline constexpr std::uint8_t mask_bit = 0x80;

/// Longest payload of a control frame (RFC 6455 5.5).
inline constexpr std::size_t max_control_payload = 125;

}  // namespace tmq::ws
