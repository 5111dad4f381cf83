#pragma once

#include "tmq/embedded_server.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tmq::embedded {

/// Appends the raw result block of a builder that has rows.
void append_block(std::vector<std::byte>& out, const block_builder& block);

/// A raw data message (type 2) with these blocks, those without rows left out; empty when no block has rows.
/// `request`, `response`: the offsets where the message and the next one start.
std::vector<std::byte> encode_data_message(std::span<const block_builder> blocks, topic_kind kind, std::int64_t request, std::int64_t response);

/// The same with the tables that inserting the rows has created (type 4), even when no block has rows. `created`: as encode_created_tables() has
/// made them.
std::vector<std::byte> encode_data_message_with_tables(std::span<const block_builder> blocks, topic_kind kind, std::int64_t request,
                                                       std::int64_t response, std::span<const std::vector<std::byte>> created);

}  // namespace tmq::embedded
