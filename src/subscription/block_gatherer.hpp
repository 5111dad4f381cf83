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

/// Assembles a message that is fetched block by block: the reply to `fetch` has the schema of the next block,
/// the reply to fetch_block the block.
class block_gatherer {
  public:
    /// Starts a message. Its blocks may have `limit` bytes in total, malformed ones included.
    void begin(std::uint64_t limit) noexcept;

    /// Keeps the schema of the next block from a reply to fetch that does not say `completed`. False if the
    /// reply contradicts itself.
    bool expect(const protocol::reply& fetched);
    /// Appends the block to `out`, with a copy of its bytes, since the frame's memory is reused. May be
    /// called again after a failure. defect_code::message_too_big: over the limit.
    wire::defect append(std::span<const std::uint8_t> block, detail::message_layout& out);

  private:
    std::uint64_t limit_ = 0;
    std::uint64_t taken_ = 0;
    std::string table_name_;
    std::string names_;  ///< of all fields, concatenated
    std::vector<wire::field_schema> fields_;
    wire::block_schema schema_;
};

}  // namespace tmq::subscription
