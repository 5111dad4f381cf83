#pragma once

#include "tmq/detail/layout.hpp"
#include "wire/defect.hpp"

#include <cstdint>
#include <span>

namespace tmq::wire {

constexpr std::uint16_t raw_type_raw_data = 6;

/// Reads the two offsets at the beginning of a raw message of type 6 (docs/protocol.md, "Table changes") into
/// `out`, which is emptied first. The rest is in the server's submit format, which is meant for another
/// server, and is not parsed.
defect parse_raw_data_head(std::span<const std::uint8_t> raw, detail::message_layout& out);

}  // namespace tmq::wire
