#pragma once

#include "tmq/stats.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <limits>

namespace tmq::net {

/// Counts times in buckets whose width grows with the time, so that quantiles are exact to an eighth of their
/// value in a small, fixed space. One thread adds, any thread reads.
class latency_histogram {
  public:
    void add(std::chrono::nanoseconds time) noexcept;
    latency_summary summary() const;
    /// Returns the shortest time added; 0 before the first.
    std::chrono::nanoseconds shortest() const noexcept;

  private:
    /// Eight buckets for each power of two; times below 8 ns have one each.
    static constexpr unsigned fraction_bits = 3;
    static constexpr std::size_t bucket_count = (64 - fraction_bits) << fraction_bits;
    static constexpr std::uint64_t nothing = std::numeric_limits<std::uint64_t>::max();

    static std::size_t bucket_of(std::uint64_t nanoseconds) noexcept;
    /// Returns the largest time that falls into the bucket, in nanoseconds.
    static std::uint64_t top_of(std::size_t bucket) noexcept;

    std::array<std::atomic<std::uint32_t>, bucket_count> counts_{};
    std::atomic<std::uint64_t> sum_{0};
    std::atomic<std::uint64_t> least_{nothing};
    std::atomic<std::uint64_t> most_{0};
};

}  // namespace tmq::net
