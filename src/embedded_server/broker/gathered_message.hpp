#pragma once

#include "embedded_server/encode/raw_head.hpp"
#include "tmq/testing/block_builder.hpp"
#include "tmq/testing/topic_options.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tmq::embedded::broker {

/// Largest size of a message that is gathered from more than one entry.
constexpr std::size_t most_bytes_gathered = 64u << 20;

/// Rules by which a poll makes one message of entries that follow each other in a log.
struct gathering {
    std::size_t rows = 4096;  ///< A message with this many rows is full.
    bool joins = false;  ///< Rows of the same columns make one block, even if they are of several tables.
    testing::topic_kind kind = testing::topic_kind::select;
};

/// Returns the log entry of an insert: its blocks as append_message_block() writes them, one after the other,
/// without those that have no rows. Empty if no block has rows.
std::vector<std::byte> encode_insert(std::span<const testing::block_builder> blocks,
                                     testing::topic_kind kind);

/// Returns one raw data message (type 2) of such entries.
std::vector<std::byte> encode_gathered(std::span<const std::span<const std::byte>> entries,
                                       const gathering& rules, std::int64_t request, std::int64_t response);

/// Returns the rows of such entries as a snapshot has them, as raw data messages (type 2): table by table,
/// with blocks of the same columns joined. A block and a message are full with at least rules.rows rows.
/// `end`: offset where the reader of the last message resumes in the log.
std::vector<encode::shared_bytes> encode_snapshot(std::span<const std::span<const std::byte>> entries,
                                                  const gathering& rules, std::int64_t end);

/// Cache of the last messages that were gathered from a log: other groups often read the same ones soon
/// after.
class gathered_messages {
  public:
    /// Returns null if there is no such message. `begin`: offset of its first entry. `end`: end of its last
    /// one.
    encode::shared_bytes find(std::int64_t begin, std::int64_t end) const noexcept;
    void add(std::int64_t begin, std::int64_t end, encode::shared_bytes raw) noexcept;

  private:
    struct cached_message {
        std::int64_t begin = 0;
        std::int64_t end = 0;
        encode::shared_bytes raw;
    };
    std::array<cached_message, 8> messages_;
    std::size_t oldest_ = 0;
};

}  // namespace tmq::embedded::broker
