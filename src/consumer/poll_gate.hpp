#pragma once

#include "consumer/wait_point.hpp"
#include "subscription/message_reader.hpp"

#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <functional>

namespace tmq::client {

/// Where the poll of the application waits: for a message, a failure or its deadline. One poll at a time.
///
/// Nothing is handed over here. Whoever has a message or a failure for the poll keeps it in the subscription
/// and wakes the gate, and the poll looks there before it waits: so what comes while nobody waits is seen by
/// the next poll.
class poll_gate {
  public:
    using time_point = std::chrono::steady_clock::time_point;
    using milliseconds = std::chrono::milliseconds;

    /// `on_time`: called on the executor at the time that arm() was given, while a poll waits and its
    /// deadline has not come.
    poll_gate(asio::any_io_executor executor, std::function<void()> on_time);

    /// A poll is at the gate for as long as it lives.
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
    /// The server was asked for the waiting poll.
    void asked() noexcept { is_unanswered_ = false; }
    /// The message was found: the rest of the visit is not waiting.
    void satisfied() noexcept { is_polling_ = false; }

    auto wait() { return point_.wait(); }
    /// The poll looks again in a later turn of the event loop.
    void wake() { point_.post(); }
    /// The poll looks again inside this call, see wait_point::resume.
    void resume() { point_.resume(); }

    /// Wakes the poll at its deadline, and calls on_time at `due`, if that is earlier.
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
