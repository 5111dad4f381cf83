#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

namespace tmq::subscription {

/// When a request is sent again that the server refuses for a reason that passes: after waits that grow,
/// until its time is up. Without a clock of its own.
class retry_schedule {
  public:
    using time_point = std::chrono::steady_clock::time_point;
    using milliseconds = std::chrono::milliseconds;

    /// Returns the wait after another refusal; nothing when `time` has passed since the first one.
    std::optional<milliseconds> next(time_point now, milliseconds time) noexcept {
        if (count_ == 0) until_ = now + time;
        if (now >= until_) return std::nullopt;
        const milliseconds wait =
            std::min(first_wait * (1 << std::min(count_, most_doublings)), longest_wait);
        ++count_;
        return std::min(wait, std::chrono::ceil<milliseconds>(until_ - now));
    }
    int count() const noexcept { return count_; }

  private:
    static constexpr milliseconds first_wait{20};
    static constexpr milliseconds longest_wait{500};
    static constexpr int most_doublings = 5;

    time_point until_{};
    int count_ = 0;
};

}  // namespace tmq::subscription
