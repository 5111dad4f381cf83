#pragma once

#include "embedded_server/encode/raw_head.hpp"
#include "tmq/embedded_server.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tmq::embedded::broker {

/// A message of more bytes than this has only one entry.
constexpr std::size_t most_bytes_gathered = 64u << 20;

/// How a poll makes a message of entries that follow each other in a log.
struct gathering {
    std::size_t rows = 4096;  ///< it looks no further when it has as many
    bool joins = false;       ///< rows of the same columns make one block, whatever table they are of
    topic_kind kind = topic_kind::select;
};

/// What an insert leaves in a log: its blocks as append_message_block() writes them, one behind the other.
/// Those without rows are left out; empty when there are no others.
std::vector<std::byte> encode_insert(std::span<const block_builder> blocks, topic_kind kind);

/// A raw data message (type 2) of such entries.
std::vector<std::byte> encode_gathered(std::span<const std::span<const std::byte>> entries,
                                       const gathering& how, std::int64_t request, std::int64_t response);

/// The rows of such entries as a snapshot brings them, one raw data message (type 2) after the other: table
/// by table, the rows of the same columns in blocks of how.rows and a few more, and messages of as many.
/// `end`: where the log is read from after the last of them.
std::vector<encode::shared_bytes> encode_snapshot(std::span<const std::span<const std::byte>> entries,
                                                  const gathering& how, std::int64_t end);

/// The gathered messages of a log that were read last: other groups are about to read them too.
class gathered_messages {
  public:
    /// `begin`, `end`: offsets of the first entry, and behind the last. Null when it is not there.
    encode::shared_bytes find(std::int64_t begin, std::int64_t end) const noexcept;
    void add(std::int64_t begin, std::int64_t end, encode::shared_bytes raw) noexcept;

  private:
    struct kept_message {
        std::int64_t begin = 0;
        std::int64_t end = 0;
        encode::shared_bytes raw;
    };
    std::array<kept_message, 8> kept_;
    std::size_t oldest_ = 0;
};

}  // namespace tmq::embedded::broker
