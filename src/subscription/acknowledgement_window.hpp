#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace tmq::subscription {

/// Delivered messages of one vgroup that may be acknowledged in any order, each known by the offset after it.
/// Reports up to where all of them are acknowledged. Allocates only while more are unacknowledged than ever
/// before.
class acknowledgement_window {
  public:
    /// Adds a delivered message. Offsets must grow; one that does not is ignored.
    void add(std::int64_t next_offset);
    /// Acknowledges a message. Returns the offset up to which all are acknowledged now, if it has moved. An
    /// unknown message is ignored.
    std::optional<std::int64_t> acknowledge(std::int64_t next_offset) noexcept;
    /// Drops the messages up to this offset.
    void settle(std::int64_t next_offset) noexcept;
    void clear() noexcept { count_ = 0; }
    std::size_t size() const noexcept { return count_; }

  private:
    struct entry {
        std::int64_t next_offset = 0;
        bool is_acknowledged = false;
    };
    entry& at(std::size_t index) noexcept { return ring_[(first_ + index) % ring_.size()]; }
    void drop_first() noexcept {
        first_ = (first_ + 1) % ring_.size();
        --count_;
    }

    std::vector<entry> ring_;  ///< in the order of their offsets, starting at first_
    std::size_t first_ = 0;
    std::size_t count_ = 0;
};

}  // namespace tmq::subscription
