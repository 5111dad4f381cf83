#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace tmq::subscription {

/// What the answers to polls say about the next one: whether there is something to read ahead, and whether
/// the server has to be left alone for a while. Without a clock of its own.
class poll_pace {
  public:
    using time_point = std::chrono::steady_clock::time_point;
    using milliseconds = std::chrono::milliseconds;

    /// A message of so many rows is one that the server cut: more follow. The server's default of
    /// min.poll.rows.
    static constexpr std::uint64_t full_message = 4096;
    /// A poll is answered at once when it takes so much longer than the way there and back at most.
    static constexpr milliseconds at_once{5};
    /// So many in a row, of messages that are not full, are a backlog: one alone may have come by chance.
    static constexpr int backlog_polls = 2;
    static constexpr milliseconds longest_pause{500};

    /// For a new connection. `has_backlog`: the logs are known to have more than was read.
    void reset(bool has_backlog) noexcept;
    /// The logs are seen to have more than was read.
    void found_backlog() noexcept { is_behind_ = true; }
    /// A poll was sent that lets the server wait for `slice`.
    void sent(time_point now, milliseconds slice) noexcept {
        sent_at_ = now;
        slice_ = slice;
    }
    /// It was answered with a message. `round_trip`: the shortest of a request that does not wait. Returns
    /// how long the poll took.
    time_point::duration found(time_point now, time_point::duration round_trip) noexcept;
    /// The message that the last poll has found is read.
    void read(std::uint64_t rows) noexcept {
        is_behind_ = is_behind_ || rows >= full_message;
        wasted_ = 0;
    }
    /// It was answered without one. Returns how long that took.
    time_point::duration empty(time_point now) noexcept;
    /// What the poll has brought is of no use, and may come again.
    void wasted(time_point now) noexcept;

    /// True if the next message waits in the server, as far as can be known.
    bool has_backlog() const noexcept { return is_behind_ || prompt_ >= backlog_polls; }
    /// The server is polled only after this time; nothing: at any time.
    std::optional<time_point> paused_until() const noexcept { return paused_until_; }
    void resume() noexcept { paused_until_.reset(); }

  private:
    time_point sent_at_{};
    milliseconds slice_{0};
    bool is_behind_ = false;
    int prompt_ = 0;  ///< answers at once, one after the other
    int wasted_ = 0;  ///< polls in a row that were of no use
    std::optional<time_point> paused_until_;
};

}  // namespace tmq::subscription
