#pragma once

#include "protocol/reply.hpp"
#include "tmq/detail/layout.hpp"
#include "wire/defect.hpp"
#include "wire/fetched_block.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace tmq::subscription {

/// Puts a message together that comes block by block: `fetch` tells the schema of the next block, fetch_block
/// brings it.
class block_gatherer {
  public:
    /// For a new message, of whose blocks at most `limit` bytes are taken, refused ones included.
    void begin(std::uint64_t limit) noexcept;

    /// Keeps what a reply to fetch, not the one that says `completed`, tells about the next block. False when
    /// it contradicts itself.
    bool expect(const protocol::reply& fetched);
    /// Appends that block, which may be tried again after a failure, to `out`, which keeps a copy of its
    /// bytes: all of a message must lie in memory that stays. errc::message_too_big: over the limit.
    wire::defect append(std::span<const std::uint8_t> block, detail::message_layout& out);

  private:
    std::uint64_t limit_ = 0;
    std::uint64_t taken_ = 0;
    std::string table_name_;
    std::string names_;  ///< of all fields, one after the other
    std::vector<wire::field_schema> fields_;
    wire::block_schema schema_;
};

}  // namespace tmq::subscription
