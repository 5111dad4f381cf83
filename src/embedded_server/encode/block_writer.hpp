#pragma once

#include "tmq/testing/block_builder.hpp"
#include "tmq/testing/topic_options.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tmq::embedded::encode {

/// Size of the inner header before a block of a data message ("Data message" in docs/protocol.md).
constexpr std::size_t inner_header_size = 18;

/// Appends the raw result block of a builder that has rows.
void append_block(std::vector<std::byte>& out, const testing::block_builder& block);

/// Appends the inner header of a block of `size` bytes, after the size of both.
void append_inner_header(std::vector<std::byte>& out, std::size_t size, std::size_t rows,
                         std::byte precision);
/// Appends a builder that has rows as a data message contains it: size, inner header, block, schema, and the
/// table's name if the topic has it.
void append_message_block(std::vector<std::byte>& out, const testing::block_builder& block,
                          testing::topic_kind kind);

/// Appends the fields between the offsets of a raw data message and its blocks.
void append_block_count(std::vector<std::byte>& out, std::size_t blocks, testing::topic_kind kind);
/// Appends all fields of a raw data message before its blocks.
void append_data_head(std::vector<std::byte>& out, std::size_t blocks, testing::topic_kind kind,
                      std::int64_t request, std::int64_t response);
/// Appends the fields of a raw data message after its blocks.
void append_data_tail(std::vector<std::byte>& out);

/// Returns the blocks of a message that encode_data_message() has made.
std::span<const std::byte> blocks_of(std::span<const std::byte> message);

/// Returns a raw data message (type 2) with these blocks, without those that have no rows. Empty if no block
/// has rows. `request`: offset of the message. `response`: offset of the next one.
std::vector<std::byte> encode_data_message(std::span<const testing::block_builder> blocks,
                                           testing::topic_kind kind, std::int64_t request,
                                           std::int64_t response);

/// Returns the same with the tables that the insert has created (type 4), even if no block has rows.
/// `created`: result of encode_created_tables().
std::vector<std::byte> encode_data_message_with_tables(std::span<const testing::block_builder> blocks,
                                                       testing::topic_kind kind, std::int64_t request,
                                                       std::int64_t response,
                                                       std::span<const std::vector<std::byte>> created);

}  // namespace tmq::embedded::encode
