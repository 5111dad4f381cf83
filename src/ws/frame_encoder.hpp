#pragma once

#include "ws/opcode.hpp"

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace tmq::ws {

/// Masking key of one frame, in the byte order of the wire. It must be new and unpredictable for every frame:
/// see mask_source.
using mask_key = std::array<std::uint8_t, 4>;

/// XORs `bytes` with the repeated key, in place. A second call restores the bytes.
void apply_mask(std::span<std::uint8_t> bytes, const mask_key& mask) noexcept;

// Each function below appends one whole masked frame to `out`, and allocates nothing if `out` has the
// capacity. The payload must not lie in `out`. The functions throw std::bad_alloc only.

/// Appends a text message. `payload` must be valid UTF-8.
void append_text(std::vector<std::uint8_t>& out, std::string_view payload, const mask_key& mask);
void append_binary(std::vector<std::uint8_t>& out, std::span<const std::uint8_t> payload,
                   const mask_key& mask);
/// Appends a ping. This function and append_pong cut the payload to max_control_payload bytes.
void append_ping(std::vector<std::uint8_t>& out, std::span<const std::uint8_t> payload, const mask_key& mask);
void append_pong(std::vector<std::uint8_t>& out, std::span<const std::uint8_t> payload, const mask_key& mask);
/// Appends a close frame; close_code::no_status gives an empty one. `reason` is cut to 123 bytes, at a
/// character boundary.
void append_close(std::vector<std::uint8_t>& out, std::uint16_t code, std::string_view reason,
                  const mask_key& mask);

}  // namespace tmq::ws
