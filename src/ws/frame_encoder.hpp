#pragma once

#include "ws/opcode.hpp"

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace tmq::ws {

/// The masking key of one frame, in the order of the wire. Fresh and unpredictable for every frame: see
/// mask_source.
using mask_key = std::array<std::uint8_t, 4>;

/// XORs `bytes` with the repeated key, in place. Doing it twice gives the bytes back.
void apply_mask(std::span<std::uint8_t> bytes, const mask_key& mask) noexcept;

/// Each of these appends one whole masked frame to `out`, after its content, and takes no memory once
/// `out` has the capacity. The payload must not lie in `out`. They throw std::bad_alloc only.

/// `payload` must be UTF-8.
void append_text(std::vector<std::uint8_t>& out, std::string_view payload, const mask_key& mask);
void append_binary(std::vector<std::uint8_t>& out, std::span<const std::uint8_t> payload,
                   const mask_key& mask);
/// Payloads of pings and pongs are cut to 125 bytes.
void append_ping(std::vector<std::uint8_t>& out, std::span<const std::uint8_t> payload, const mask_key& mask);
void append_pong(std::vector<std::uint8_t>& out, std::span<const std::uint8_t> payload, const mask_key& mask);
/// `reason` is cut to 123 bytes, at a character boundary. close_code::no_status gives an empty frame.
void append_close(std::vector<std::uint8_t>& out, std::uint16_t code, std::string_view reason,
                  const mask_key& mask);

}  // namespace tmq::ws
