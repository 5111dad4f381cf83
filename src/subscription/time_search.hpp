#pragma once

#include "tmq/types.hpp"

#include <cstdint>

namespace tmq::subscription {

/// Bisection of a log for the offset at which its rows reach a time. It assumes that rows were written in the
/// order of their times.
class time_search {
  public:
    /// `begin`, `end`: bounds of the log.
    time_search(timestamp wanted, std::int64_t begin, std::int64_t end) noexcept
        : wanted_(wanted), begin_(begin), end_(end), result_(end) {}

    bool is_done() const noexcept { return begin_ >= end_; }
    /// Offset from which the next message is needed.
    std::int64_t probe() const noexcept { return begin_ + (end_ - begin_) / 2; }
    /// Handles the first message with rows from probe() on. `newest`: of its rows.
    void found(std::int64_t offset, std::int64_t next_offset, timestamp newest) noexcept;
    /// Records that there are no rows from probe() on.
    void found_nothing() noexcept { end_ = probe(); }
    /// Offset of the first message with a row of that time or later; the end of the log if there is none.
    std::int64_t result() const noexcept { return result_; }

  private:
    timestamp wanted_;
    std::int64_t begin_;  ///< all rows before are older
    std::int64_t end_;    ///< not to be looked at again
    std::int64_t result_;
};

}  // namespace tmq::subscription
