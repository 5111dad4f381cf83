#pragma once

#include <cstddef>
#include <cstdint>

namespace tmq::ws {

/// Kind of a frame (RFC 6455 5.2). The missing numbers are reserved.
enum class opcode : std::uint8_t { continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

constexpr bool is_control(opcode op) noexcept { return op >= opcode::close; }

/// Marks the last frame of a message, in the first byte of the frame.
inline constexpr std::uint8_t final_bit = 0x80;
/// Marks a masked payload, in the second byte of the frame.
inline constexpr std::uint8_t mask_bit = 0x80;

/// Longest payload of a control frame (RFC 6455 5.5).
inline constexpr std::size_t max_control_payload = 125;

}  // namespace tmq::ws
