#pragma once

#include "base/failure.hpp"
#include "subscription/backoff.hpp"
#include "subscription/retry_schedule.hpp"
#include "tmq/config.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>

namespace tmq::subscription {

using base::failure;

/// Decides when the next attempt to get a connection with a subscription starts, and whether there is one.
/// Keeps the reason of the last loss. Without a clock of its own.
class reconnection {
  public:
    using time_point = std::chrono::steady_clock::time_point;
    using milliseconds = std::chrono::milliseconds;

    reconnection(const config& settings, std::uint64_t seed) noexcept
        : settings_(settings), backoff_(settings, seed) {}

    /// Starts anew for a new subscription.
    void reset() noexcept;
    /// Records that the connection was lost or not made. The connection has to be given up before the next
    /// attempt.
    void lost(const failure& why);
    /// Records a loss while the subscription was being made: whoever makes it reports the failure.
    void interrupted(const failure& why);
    bool is_interrupted() const noexcept { return is_interrupted_; }
    /// Reason of the last loss.
    const failure& loss() const noexcept { return loss_; }

    bool needs_disconnect() const noexcept { return needs_disconnect_; }
    void disconnected() noexcept { needs_disconnect_ = false; }

    /// Schedules the first attempt after a loss. Returns the wait; nothing when the attempts or their time
    /// are used up.
    std::optional<milliseconds> schedule(time_point now) noexcept;
    /// Schedules the attempt after a failed one. `is_first`: the subscription has not been active yet.
    /// `had_transport`: TCP or TLS was established, so that a wrong address or certificate is not the cause.
    std::optional<milliseconds> schedule_another(bool is_first, bool had_transport, time_point now) noexcept;
    bool is_scheduled() const noexcept { return attempt_at_.has_value(); }
    time_point attempt_at() const noexcept { return *attempt_at_; }
    /// Number of the scheduled attempt, from 1.
    std::uint32_t attempt() const noexcept { return std::max(1U, backoff_.attempt()); }
    void begin_attempt() noexcept;
    /// No attempt follows.
    void stop() noexcept;
    /// The connection was of use: the next loss is a new one.
    void succeeded() noexcept { backoff_.succeeded(); }

  private:
    std::optional<milliseconds> wait_before_another(bool is_first, bool had_transport,
                                                    time_point now) noexcept;
    bool breaks_half_way(bool had_transport) const noexcept;

    const config& settings_;
    backoff backoff_;
    retry_schedule start_tries_;  ///< of a first subscription that is refused for a while
    failure loss_;
    std::optional<time_point> attempt_at_;
    bool needs_disconnect_ = false;
    bool is_interrupted_ = false;
};

}  // namespace tmq::subscription
