#pragma once

#include <chrono>
#include <optional>

namespace tmq::net {

/// Notices a peer that has gone silent: after half the idle time it is to be pinged, and when the ping goes
/// without an answer for the other half, the link counts as dead. Any byte is a sign of life. A check that
/// comes late, since the executor was busy, only pings later. A state machine over a passed-in clock.
class keepalive {
  public:
    using time_point = std::chrono::steady_clock::time_point;

    enum class step { wait, ping, give_up };

    /// An `idle_timeout` of 0 switches the check off.
    explicit keepalive(std::chrono::milliseconds idle_timeout) noexcept : idle_timeout_(idle_timeout) {}

    /// Records that bytes were received, or that the connection has started.
    void received(time_point now) noexcept {
        last_received_ = now;
        has_pinged_ = false;
    }
    /// Returns what to do now. Returns `ping` once per silence.
    step check(time_point now) noexcept {
        const auto due = next();
        if (!due || now < *due) return step::wait;
        if (has_pinged_) return step::give_up;
        has_pinged_ = true;
        pinged_at_ = now;
        return step::ping;
    }
    /// Returns the time of the next check; empty if switched off.
    std::optional<time_point> next() const noexcept {
        if (idle_timeout_.count() == 0) return std::nullopt;
        return (has_pinged_ ? pinged_at_ : last_received_) + idle_timeout_ / 2;
    }

  private:
    std::chrono::milliseconds idle_timeout_;
    time_point last_received_;
    time_point pinged_at_;
    bool has_pinged_ = false;
};

}  // namespace tmq::net
