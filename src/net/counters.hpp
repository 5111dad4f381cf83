#pragma once

#include "net/latency_histogram.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>

namespace tmq::net {

/// A number that one thread changes and any thread reads. Costs as much as a plain one.
class counter {
  public:
    void add(std::uint64_t amount) noexcept { set(value() + amount); }
    void add(std::chrono::nanoseconds time) noexcept { add(static_cast<std::uint64_t>(time.count())); }
    void set(std::uint64_t value) noexcept { value_.store(value, std::memory_order_relaxed); }
    std::uint64_t value() const noexcept { return value_.load(std::memory_order_relaxed); }
    std::chrono::nanoseconds time() const noexcept {
        return std::chrono::nanoseconds(static_cast<std::int64_t>(value()));
    }

  private:
    std::atomic<std::uint64_t> value_{0};
};

/// Counters of a consumer, see tmq::stats; those of its vgroups are apart. The consumer's executor changes
/// them, any thread reads them.
struct counters {
    counter bytes_received;
    counter bytes_sent;
    counter bytes_inflated;
    counter polls;
    counter empty_polls;
    counter commits;
    counter connections;
    counter reconnects;
    counter late_replies;
    counter server_time;
    counter read_ahead;
    counter ready_time;
    latency_histogram round_trips;
    latency_histogram poll_waits;
    latency_histogram commit_round_trips;
    /// Time of the last received bytes, in ticks of the steady clock; 0: none yet.
    std::atomic<std::chrono::steady_clock::rep> heard_at{0};
};

}  // namespace tmq::net
