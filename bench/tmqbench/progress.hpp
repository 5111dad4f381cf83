#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace tmq::bench {

/// User and system time of this process, in seconds.
double cpu_seconds();
/// The most memory that this process had at one time.
std::uint64_t peak_memory_kb();

/// What the members of a group share: whether all have come, how many rows are left, and when what happened. From any thread.
class progress {
  public:
    using clock = std::chrono::steady_clock;

    progress(std::size_t members, std::uint64_t rows);

    /// A member has subscribed. The last one starts the clock.
    void joined();
    bool all_joined() const noexcept { return missing_ == 0; }
    /// A member reads no more.
    void finished() { --reading_; }
    bool all_finished() const noexcept { return reading_ == 0; }

    /// The first message and the one that reaches the number of rows fix the times.
    void add(std::uint64_t rows);
    std::int64_t rows_left() const noexcept { return rows_left_; }
    bool is_done() const noexcept { return rows_left_ <= 0; }

    /// From the first poll to the first message, and to the last row.
    clock::duration first() const noexcept { return first_; }
    clock::duration all() const noexcept { return all_; }
    /// Of the process, from the beginning to the last row.
    double cpu() const noexcept { return cpu_; }

  private:
    std::atomic<std::size_t> missing_;
    std::atomic<std::size_t> reading_;
    std::atomic<std::int64_t> rows_left_;
    std::atomic<bool> has_message_ = false;
    double cpu_before_;
    double cpu_ = 0;
    std::atomic<clock::time_point> start_{};
    clock::duration first_{};
    clock::duration all_{};
};

}  // namespace tmq::bench
