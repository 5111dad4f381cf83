#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace tmq::tools::tmqbench {

/// Progress of the members of a group: the rows left, and the times of the first message and of the last row.
/// Threads: members may call it from any thread.
class progress {
  public:
    using clock = std::chrono::steady_clock;

    explicit progress(std::uint64_t rows);

    /// Starts the time. Call it once all members have subscribed, and before any of them reads.
    void start();

    /// Counts the rows of a message. The first message, and the one that reaches the number of rows, set the
    /// times.
    void add(std::uint64_t rows);
    std::int64_t rows_left() const noexcept { return rows_left_; }
    bool is_done() const noexcept { return rows_left_ <= 0; }

    /// Returns the time from the first poll to the first message.
    clock::duration first_message() const noexcept { return first_message_; }
    /// Returns the time from the first poll to the last row.
    clock::duration total() const noexcept { return total_; }
    /// Returns the CPU time of the process from the construction to the last row, in seconds.
    double cpu() const noexcept { return end_cpu_ - initial_cpu_; }
    /// Returns the CPU time of the process from the first poll to the last row, in seconds.
    double read_cpu() const noexcept { return end_cpu_ - start_cpu_; }

  private:
    std::atomic<std::int64_t> rows_left_;
    std::atomic<bool> has_message_ = false;
    double initial_cpu_;
    double start_cpu_ = 0;
    double end_cpu_ = 0;
    clock::time_point start_{};
    clock::duration first_message_{};
    clock::duration total_{};
};

}  // namespace tmq::tools::tmqbench
