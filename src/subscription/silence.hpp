#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace tmq::subscription {

/// Measures how long the server has found nothing in a vgroup, in time that polls have waited there. Where
/// the server does not move its position over the last entries of a log, nothing else shows that no rows are
/// left: 3.3.5 holds a poll of a query topic that finds nothing, and does not answer it for entries without
/// rows. Without a clock.
class silence {
  public:
    using duration = std::chrono::steady_clock::duration;

    /// A vnode that scans rows answers at least once a second.
    static constexpr duration enough = std::chrono::milliseconds(1500);

    /// Records the time that a poll has waited.
    void waited(duration time) noexcept { total_ += time; }
    /// Records a message of the vgroup.
    void broken(std::size_t vgroup) noexcept {
        if (vgroup < seen_.size()) seen_[vgroup].reset();
    }
    /// Records the server's position in the vgroup and the end of its log. True if both have stayed the same,
    /// without a message, for long enough.
    bool is_long(std::size_t vgroup, std::optional<std::int64_t> position, std::optional<std::int64_t> end);
    void clear() noexcept { seen_.clear(); }

  private:
    struct sight {
        std::optional<std::int64_t> position;
        std::optional<std::int64_t> end;
        duration first_seen;
    };
    duration total_{};
    std::vector<std::optional<sight>> seen_;
};

}  // namespace tmq::subscription
