#pragma once

#include "consumer/wait_point.hpp"
#include "subscription/message_reader.hpp"

#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <functional>

namespace tmq::client {

/// Wait of the application's poll for a message, a failure or its deadline. One poll at a time.
///
/// Invariant: nothing is handed over at the gate. Messages and failures are kept in the subscription, and the
/// poll looks there before it waits. So a failure that arrives while nobody waits is seen by the next poll.
class poll_gate {
  public:
    using time_point = std::chrono::steady_clock::time_point;
    using milliseconds = std::chrono::milliseconds;

    static constexpr milliseconds unlimited = milliseconds::max();

    /// `on_time` is called on the executor at the time given to arm(), while a poll waits and its deadline
    /// has not passed.
    poll_gate(asio::any_io_executor executor, std::function<void()> on_time);

    /// Stay of one poll at the gate.
    class visit {
      public:
        visit(poll_gate& gate, time_point now, milliseconds timeout) noexcept;
        visit(const visit&) = delete;
        visit& operator=(const visit&) = delete;
        ~visit();

      private:
        poll_gate& gate_;
    };
    bool is_polling() const noexcept { return is_polling_; }
    time_point deadline() const noexcept { return deadline_; }
    subscription::waiting_poll view() const noexcept {
        return {is_polling_, is_unanswered_, point_.has_waiter(), deadline_};
    }
    /// Records that a request was sent for the waiting poll.
    void asked() noexcept { is_unanswered_ = false; }
    /// Records that a message was found: the rest of the visit does not wait.
    void satisfied() noexcept { is_polling_ = false; }

    auto wait() { return point_.wait(); }
    /// Resumes the poll in a later turn of the event loop.
    void wake() { point_.post(); }
    /// Resumes the poll inside this call, see wait_point::resume.
    void resume() { point_.resume(); }

    /// Resumes the poll at its deadline, and calls on_time at `due`, if that is earlier.
    void arm(time_point due);
    void disarm();

  private:
    void on_timer();

    std::function<void()> on_time_;
    wait_point point_;
    asio::steady_timer timer_;
    std::shared_ptr<poll_gate*> self_;  ///< null in a timer's handler that has outlived the gate
    bool is_armed_ = false;
    bool is_polling_ = false;
    bool is_unanswered_ = false;
    time_point deadline_{};
};

}  // namespace tmq::client
