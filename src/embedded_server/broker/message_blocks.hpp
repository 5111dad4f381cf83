#pragma once

#include "embedded_server/protocol/replies.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace tmq::embedded::broker {

/// Splits a message of raw type 2 or 4 into the blocks that `fetch` and `fetch_block` bring, with JSON
/// columns as text. Returns nothing if the message cannot be parsed.
std::optional<std::vector<protocol::message_block>> split_blocks(std::uint16_t raw_type,
                                                                 std::span<const std::byte> raw);

/// Returns the number of rows of such a message; 0 if it cannot be parsed.
std::size_t count_rows(std::uint16_t raw_type, std::span<const std::byte> raw);

}  // namespace tmq::embedded::broker
