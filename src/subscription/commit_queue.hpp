#pragma once

#include "base/failure.hpp"
#include "subscription/positions.hpp"
#include "subscription/retry_schedule.hpp"
#include "tmq/config.hpp"
#include "tmq/error.hpp"
#include "tmq/partition_offset.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <vector>

namespace tmq::subscription {

/// Background commits: those that the application has asked for without waiting, and automatic ones of what
/// it has processed, at an interval. Decides when the next round of commits begins and what it contains.
/// Without a clock of its own.
class commit_queue {
  public:
    using time_point = std::chrono::steady_clock::time_point;
    using milliseconds = std::chrono::milliseconds;
    using handler = std::function<void(const result<void>&)>;

    /// A handler that is due, with its outcome.
    struct completion {
        handler done;
        base::failure why;
    };

    explicit commit_queue(const config& settings) noexcept : settings_(settings) {}

    /// For a new subscription.
    void reset(time_point now) noexcept;
    void add(const partition_offset& partition, handler done) {
        asked_.push_back({partition, std::move(done)});
    }
    bool has_any_asked() const noexcept { return !asked_.empty(); }
    /// Makes the next round begin at once and include what was processed, regardless of the interval.
    void hurry() noexcept { is_urgent_ = true; }
    void calm() noexcept { is_urgent_ = false; }
    bool is_urgent() const noexcept { return is_urgent_; }
    /// Postpones the next automatic round while there is nothing to commit.
    void postpone_idle(const positions& known, time_point now) noexcept;

    bool is_due(const positions& known, time_point now) const noexcept;
    /// Returns the time when the next round may be due, unless the application asks for a commit earlier.
    time_point next_due(time_point now) const noexcept;

    /// Begins a round: the offsets to commit, at most one for each vgroup.
    std::vector<partition_offset> begin(const positions& known, time_point now);
    /// Handles a commit of the round that was refused for a while. True: another round sends it again. False:
    /// its time is up.
    bool may_retry(time_point now, milliseconds request_timeout) noexcept;
    int tries() const noexcept { return tries_.count(); }
    /// Ends the round. `is_complete`: the connection was open to its end. True if another round has to send
    /// refused commits again.
    bool end(bool is_complete, time_point now) noexcept;

    /// Moves the handlers that wait for this commit to `out`. True if there were any.
    bool finish(const partition_offset& done, const base::failure& why, std::vector<completion>& out);
    /// Moves all handlers to `out`: nothing more is committed.
    void fail_all(const base::failure& why, std::vector<completion>& out);

  private:
    struct asked_commit {
        partition_offset partition;
        handler done;
    };
    bool is_ready(const positions& known, const asked_commit& asked) const noexcept;

    const config& settings_;
    std::vector<asked_commit> asked_;
    time_point next_round_{};
    time_point pause_end_{};  ///< after a refusal for a while
    retry_schedule tries_;
    std::optional<milliseconds> pause_;  ///< of the round under way
    bool is_urgent_ = false;
    bool was_urgent_ = false;  ///< the round under way
};

}  // namespace tmq::subscription
