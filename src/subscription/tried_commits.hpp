#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace tmq::subscription {

/// Offsets of one vgroup whose commits have had no reply yet. A commit whose reply got lost may have taken
/// effect, or may still do so: if the group has committed that offset, the commit is this consumer's own.
/// Holds four; a fifth replaces the oldest.
class tried_commits {
  public:
    void add(std::int64_t offset) noexcept {
        if (contains(offset)) return;
        offsets_[added_++ % offsets_.size()] = offset;
    }
    bool contains(std::int64_t offset) const noexcept {
        return offset >= 0 && std::find(offsets_.begin(), offsets_.end(), offset) != offsets_.end();
    }
    /// Records that the commit of this offset has succeeded.
    void succeeded(std::int64_t offset) noexcept {
        std::replace(offsets_.begin(), offsets_.end(), offset, none);
    }
    void clear() noexcept { offsets_.fill(none); }

  private:
    static constexpr std::int64_t none = -1;
    std::array<std::int64_t, 4> offsets_{none, none, none, none};
    std::size_t added_ = 0;
};

}  // namespace tmq::subscription
