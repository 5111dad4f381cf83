#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

namespace tmq::subscription {

/// Decides when a request that the server refuses for a while is sent again: after growing waits, until its
/// time is up. Without a clock of its own.
class retry_schedule {
  public:
    using time_point = std::chrono::steady_clock::time_point;
    using milliseconds = std::chrono::milliseconds;

    /// Returns the wait after another refusal; nothing when `time` has passed since the first one.
    std::optional<milliseconds> next(time_point now, milliseconds time) noexcept {
        if (count_ == 0) end_ = now + time;
        if (now >= end_) return std::nullopt;
        const milliseconds wait =
            std::min(first_wait * (1 << std::min(count_, most_doublings)), longest_wait);
        ++count_;
        return std::min(wait, std::chrono::ceil<milliseconds>(end_ - now));
    }
    int count() const noexcept { return count_; }

  private:
    static constexpr milliseconds first_wait{20};
    static constexpr milliseconds longest_wait{500};
    static constexpr int most_doublings = 5;

    time_point end_{};
    int count_ = 0;
};

}  // namespace tmq::subscription
