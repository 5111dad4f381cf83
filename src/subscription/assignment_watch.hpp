#pragma once

#include "tmq/config.hpp"

#include <chrono>
#include <cstdint>
#include <optional>

namespace tmq::subscription {

/// Decides when the assignment is checked: at an interval while the application polls, soon after a hint that
/// vgroups have come or gone, and frequently while vgroups are missing. Without a clock of its own.
class assignment_watch {
  public:
    using time_point = std::chrono::steady_clock::time_point;
    using milliseconds = std::chrono::milliseconds;

    /// Interval of checks while vgroups are missing or hints arrive: a hint may come with every message.
    static constexpr milliseconds shortest_interval{200};
    /// A consumer that the server calls no member for this long has been evicted.
    static constexpr milliseconds longest_mismatch = std::chrono::seconds(10);

    explicit assignment_watch(const config& settings) noexcept : settings_(&settings) {}

    void reset() noexcept { *this = assignment_watch(*settings_); }
    void reset_mismatch() noexcept { mismatched_since_.reset(); }
    /// Notes a hint that vgroups have come or gone.
    void hint() noexcept { is_hinted_ = true; }
    bool is_hinted() const noexcept { return is_hinted_; }
    /// `last_poll`: of the application. Nothing is checked while the application does not poll.
    bool is_due(time_point now, std::optional<time_point> last_poll) const noexcept;
    /// True if the next poll of the application makes a check due.
    bool is_due_with_poll(time_point now) const noexcept { return now >= next_check_; }
    time_point next_due(time_point now) const noexcept;

    /// Records the end of a check. `is_unsettled`: vgroups are missing, or the server is not ready.
    void checked(time_point now, bool is_unsettled) noexcept;
    std::uint64_t checks() const noexcept { return checks_; }
    /// Records if the server calls this consumer no member. True if it has done so for too long.
    bool is_evicted(bool is_mismatched, time_point now) noexcept;

  private:
    const config* settings_;
    time_point last_check_{};
    time_point next_check_ = time_point::max();
    std::optional<time_point> mismatched_since_;
    std::uint64_t checks_ = 0;
    bool is_hinted_ = false;
    bool is_unsettled_ = false;
};

}  // namespace tmq::subscription
