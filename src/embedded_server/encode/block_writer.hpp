#pragma once

#include "tmq/embedded_server.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tmq::embedded::encode {

/// Appends the raw result block of a builder that has rows.
void append_block(std::vector<std::byte>& out, const block_builder& block);

/// Appends what stands before a block of `size` bytes in a data message, its size included.
void append_inner_header(std::vector<std::byte>& out, std::size_t size, std::size_t rows,
                         std::byte precision);
/// Appends a builder that has rows as it stands in a data message: size, inner header, block, schema, and
/// where the topic has it the table's name.
void append_message_block(std::vector<std::byte>& out, const block_builder& block, topic_kind kind);

/// Appends what comes between the offsets of a raw data message and its blocks.
void append_block_count(std::vector<std::byte>& out, std::size_t blocks, topic_kind kind);
/// Appends what comes before the blocks of a raw data message.
void append_data_head(std::vector<std::byte>& out, std::size_t blocks, topic_kind kind, std::int64_t request,
                      std::int64_t response);
/// Appends what comes behind them.
void append_data_tail(std::vector<std::byte>& out);

/// The blocks of a message that encode_data_message() has made.
std::span<const std::byte> blocks_of(std::span<const std::byte> message);

/// A raw data message (type 2) with these blocks, those without rows left out; empty when no block has rows.
/// `request`, `response`: the offsets where the message and the next one start.
std::vector<std::byte> encode_data_message(std::span<const block_builder> blocks, topic_kind kind,
                                           std::int64_t request, std::int64_t response);

/// The same with the tables that inserting the rows has created (type 4), even when no block has rows.
/// `created`: as encode_created_tables() has made them.
std::vector<std::byte> encode_data_message_with_tables(std::span<const block_builder> blocks, topic_kind kind,
                                                       std::int64_t request, std::int64_t response,
                                                       std::span<const std::vector<std::byte>> created);

}  // namespace tmq::embedded::encode
