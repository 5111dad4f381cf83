#pragma once

#include "net/counters.hpp"
#include "subscription/positions.hpp"
#include "tmq/message.hpp"
#include "tmq/stats.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <vector>

namespace tmq::client {

/// Figures of one vgroup. The consumer's executor changes them, any thread reads them.
struct vgroup_counters {
    vgroup_counters(std::string of_topic, std::int32_t number) : topic(std::move(of_topic)), vgroup(number) {}

    const std::string topic;
    const std::int32_t vgroup;
    net::counter messages;
    net::counter blocks;
    net::counter rows;
    net::counter bytes;
    // Offsets; negative: not known.
    std::atomic<std::int64_t> position{-1};
    std::atomic<std::int64_t> committed{-1};
    std::atomic<std::int64_t> log_end{-1};
    /// Time of a message's last row in ticks of `precision`, and of its delivery in ticks of the steady
    /// clock; `delivered_at` is 0 before the first row with a time.
    std::atomic<std::int64_t> row_time{0};
    std::atomic<time_precision> precision{time_precision::milliseconds};
    std::atomic<std::int64_t> delivered_at{0};
    std::chrono::steady_clock::time_point next_sample;  ///< of the two times; for the executor only
};

/// Figures of a consumer and its vgroups. The consumer's executor changes them, any thread reads them.
class statistics {
  public:
    using time_point = std::chrono::steady_clock::time_point;

    explicit statistics(net::counters& totals) noexcept : totals_(totals) {}

    /// Prepares for a new subscription, which has other indexes of vgroups.
    void begin_subscription() noexcept { by_index_.clear(); }
    /// Counts a delivered message. `index`: of its vgroup. `ready_at`: when poll could have taken it.
    void delivered(std::size_t index, const subscription::vgroup_position& place, message& taken,
                   time_point now, time_point ready_at);
    /// Records the offsets of vgroups.
    void moved(std::size_t index, const subscription::vgroup_position& place);
    void moved(const subscription::positions& places);

    tmq::stats read() const;

  private:
    vgroup_counters& of(std::size_t index, const subscription::vgroup_position& place) {
        if (index < by_index_.size() && by_index_[index] != nullptr) return *by_index_[index];
        return find(index, place);
    }
    vgroup_counters& find(std::size_t index, const subscription::vgroup_position& place);

    net::counters& totals_;
    std::vector<vgroup_counters*> by_index_;  ///< of the subscription's vgroups; null: not found yet
    mutable std::mutex mutex_;                ///< of the list, not of its members
    std::deque<vgroup_counters> vgroups_;
};

}  // namespace tmq::client
