#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace tmq {

/// Messages of one vgroup that were delivered and may be finished in any order, each known by the offset behind it. Tells how far everything
/// is finished. Allocates only while more are unfinished than ever before.
class unfinished {
  public:
    /// Places come in their order; one that does not is left out.
    void add(std::int64_t next_offset);
    /// Returns the place up to which all is finished now, when this has moved it. A message that is not known is left alone.
    std::optional<std::int64_t> finish(std::int64_t next_offset) noexcept;
    /// Everything up to this place is done with.
    void settle(std::int64_t next_offset) noexcept;
    void clear() noexcept {
        entries_.clear();
        first_ = 0;
    }
    std::size_t size() const noexcept { return entries_.size() - first_; }

  private:
    struct entry {
        std::int64_t next_offset;
        bool is_finished;
    };
    std::vector<entry> entries_;  ///< in the order of their offsets
    std::size_t first_ = 0;       ///< those before it are done with
};

}  // namespace tmq
