#pragma once

#include "tmq/event.hpp"
#include "tmq/partition_offset.hpp"
#include "tmq/topic_partition.hpp"
#include "tmq/vgroup_lag.hpp"
#include "tools/link_watch.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace tmq::tools {

/// Decides if a consumer has read everything that the server has for it. That is so if all of this holds:
/// - the last poll was empty;
/// - no vgroup has an entry left;
/// - no vgroup is missing since a connection was lost;
/// - the vgroups have not changed for the settle time.
///
/// A state machine over reported events and the time, without I/O.
class end_watch {
  public:
    using milliseconds = std::chrono::milliseconds;
    using time_point = std::chrono::steady_clock::time_point;

    /// `settle_time`: time for which the vgroups must not change; twice that if there is none. `link` must
    /// receive every event first.
    end_watch(const link_watch& link, milliseconds settle_time) noexcept
        : link_(link), settle_time_(settle_time) {}

    /// Reports that the subscription is open.
    void on_joined(time_point now) noexcept { last_change_ = now; }
    void on_event(const event& occurrence, time_point now);
    /// Reports that a poll returned a message of this vgroup.
    void on_message(std::string_view topic, std::int32_t vgroup, time_point now);
    /// Reports that a poll returned no message.
    void on_empty_poll() noexcept { is_quiet_ = true; }

    /// True if the caller should ask for consumer::lag(): after every empty poll, since a lag that only
    /// silence resolves must be asked for several times.
    bool needs_lag() const noexcept;
    /// True if the vgroups have not changed for the settle time, and none is missing.
    bool is_settled(time_point now) const noexcept;
    /// True at the end. `lags`: lags of all vgroups, asked for after needs_lag() returned true.
    bool is_end(std::span<const vgroup_lag> lags, time_point now);
    /// Returns the number of vgroups of this consumer.
    std::size_t vgroup_count() const noexcept { return vgroups_.size(); }

  private:
    void insert(const std::vector<partition_offset>& vgroups);
    void erase(const std::vector<partition_offset>& vgroups);
    void insert(const topic_partition& vgroup);

    const link_watch& link_;
    milliseconds settle_time_;
    bool is_quiet_ = false;
    time_point last_change_{};
    std::vector<topic_partition> vgroups_;  ///< sorted
};

/// Returns the entries left in all vgroups; nothing if the lag of one of them is unknown. The sum saturates
/// at the largest number.
std::optional<std::int64_t> total_lag(std::span<const vgroup_lag> lags);

}  // namespace tmq::tools
