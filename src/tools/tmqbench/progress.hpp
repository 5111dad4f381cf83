#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace tmq::tools::tmqbench {

/// What the members of a group share: how many rows are left, and when what happened. From any thread.
class progress {
  public:
    using clock = std::chrono::steady_clock;

    explicit progress(std::uint64_t rows);

    /// All members have subscribed, and read from now on. Before any of them does.
    void start();

    /// The first message and the one that reaches the number of rows fix the times.
    void add(std::uint64_t rows);
    std::int64_t rows_left() const noexcept { return rows_left_; }
    bool is_done() const noexcept { return rows_left_ <= 0; }

    /// From the first poll to the first message, and to the last row.
    clock::duration first() const noexcept { return first_; }
    clock::duration all() const noexcept { return all_; }
    /// Of the process, from the beginning to the last row.
    double cpu() const noexcept { return cpu_at_end_ - cpu_before_; }
    /// From the first poll.
    double read_cpu() const noexcept { return cpu_at_end_ - cpu_at_start_; }

  private:
    std::atomic<std::int64_t> rows_left_;
    std::atomic<bool> has_message_ = false;
    double cpu_before_;
    double cpu_at_start_ = 0;
    double cpu_at_end_ = 0;
    clock::time_point start_{};
    clock::duration first_{};
    clock::duration all_{};
};

}  // namespace tmq::tools::tmqbench
