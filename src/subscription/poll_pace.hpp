#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace tmq::subscription {

/// Decides from the answers to polls if there is something to read ahead, and if the server must not be
/// polled for a while. Without a clock of its own.
class poll_pace {
  public:
    using time_point = std::chrono::steady_clock::time_point;
    using milliseconds = std::chrono::milliseconds;

    /// A message of this many rows was cut by the server: more follow. The server's default of min.poll.rows.
    static constexpr std::uint64_t full_message = 4096;
    /// A poll counts as answered at once if it takes at most this much longer than a round trip.
    static constexpr milliseconds at_once{5};
    /// Polls in a row answered at once, with messages that are not full, that make a backlog: one alone may
    /// be a coincidence.
    static constexpr int backlog_polls = 2;
    static constexpr milliseconds longest_pause{500};

    /// For a new connection. `has_backlog`: the logs are known to have more than was read.
    void reset(bool has_backlog) noexcept;
    /// Records that the logs have more than was read.
    void found_backlog() noexcept { has_backlog_ = true; }
    /// Records a poll that lets the server wait for `slice`.
    void sent(time_point now, milliseconds slice) noexcept {
        sent_at_ = now;
        slice_ = slice;
    }
    /// Records that the poll was answered with a message. `round_trip`: the shortest of a request that does
    /// not wait. Returns the duration of the poll.
    time_point::duration found(time_point now, time_point::duration round_trip) noexcept;
    /// Records that the message of the last poll was read.
    void read(std::uint64_t rows) noexcept {
        has_backlog_ = has_backlog_ || rows >= full_message;
        wasted_polls_ = 0;
    }
    /// Records that the poll was answered without a message. Returns the duration of the poll.
    time_point::duration empty(time_point now) noexcept;
    /// Records a message that is of no use, and that the server may deliver again.
    void wasted(time_point now) noexcept;

    /// True if the next message probably waits in the server.
    bool has_backlog() const noexcept { return has_backlog_ || prompt_answers_ >= backlog_polls; }
    /// Time before which the server must not be polled; nothing: it may be.
    std::optional<time_point> pause_end() const noexcept { return pause_end_; }
    void resume() noexcept { pause_end_.reset(); }

  private:
    time_point sent_at_{};
    milliseconds slice_{0};
    bool has_backlog_ = false;
    int prompt_answers_ = 0;  ///< in a row
    int wasted_polls_ = 0;    ///< in a row
    std::optional<time_point> pause_end_;
};

}  // namespace tmq::subscription
