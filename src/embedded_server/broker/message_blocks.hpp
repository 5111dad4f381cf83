#pragma once

#include "embedded_server/protocol/replies.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace tmq::embedded::broker {

/// Takes a message of raw type 2 or 4 apart into what fetch and fetch_block show of it, with JSON columns as
/// text. Nothing when the message cannot be parsed.
std::optional<std::vector<protocol::message_block>> split_blocks(std::uint16_t raw_type,
                                                                 std::span<const std::byte> raw);

/// The rows of such a message; 0 when it cannot be parsed.
std::size_t count_rows(std::uint16_t raw_type, std::span<const std::byte> raw);

}  // namespace tmq::embedded::broker
