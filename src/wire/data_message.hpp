#pragma once

#include "tmq/detail/layout.hpp"
#include "wire/failure.hpp"

#include <cstdint>
#include <span>

namespace tmq::wire {

constexpr std::uint16_t raw_type_data = 2;

/// Checks a raw message of type 2 down to every cell, and describes it in `out`, which is emptied first and keeps its memory: a message
/// like the one before costs no allocation. `raw` must outlive the layout. On failure `out` is empty. Throws std::bad_alloc only;
/// memory stays within a small multiple of raw.size().
failure parse_data_message(std::span<const std::uint8_t> raw, detail::message_layout& out);

}  // namespace tmq::wire
