#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace tmq::subscription {

/// Messages of one vgroup that were delivered and may be finished in any order, each known by the offset
/// behind it. Tells how far everything is finished. Allocates only while more are unfinished than ever
/// before.
class unfinished {
  public:
    /// Places come in their order; one that does not is left out.
    void add(std::int64_t next_offset);
    /// Returns the place up to which all is finished now, when this has moved it. A message that is not known
    /// is left alone.
    std::optional<std::int64_t> finish(std::int64_t next_offset) noexcept;
    /// Everything up to this offset is settled.
    void settle(std::int64_t next_offset) noexcept;
    void clear() noexcept { count_ = 0; }
    std::size_t size() const noexcept { return count_; }

  private:
    struct entry {
        std::int64_t next_offset = 0;
        bool is_finished = false;
    };
    entry& at(std::size_t index) noexcept { return ring_[(first_ + index) % ring_.size()]; }
    void drop_first() noexcept {
        first_ = (first_ + 1) % ring_.size();
        --count_;
    }

    std::vector<entry> ring_;  ///< in the order of their offsets, from first_ on
    std::size_t first_ = 0;
    std::size_t count_ = 0;
};

}  // namespace tmq::subscription
