#pragma once

#include "embedded_server/broker/consumer_group.hpp"

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace tmq::embedded::net {

/// Schedule of the pings of all connections, and of the drops of silent ones.
class ping_schedule {
  public:
    using clock = std::chrono::steady_clock;
    using time_point = clock::time_point;
    using milliseconds = std::chrono::milliseconds;

    /// A time of 0 or less turns pings or drops off.
    ping_schedule(milliseconds ping_interval, milliseconds idle_timeout)
        : ping_interval_(ping_interval), idle_timeout_(idle_timeout) {}

    void open(broker::member_id id, time_point now);
    /// Records that a message or a pong has arrived.
    void note_activity(broker::member_id id, time_point now) noexcept;
    void close(broker::member_id id) noexcept;

    struct actions {
        std::vector<broker::member_id> pings;
        std::vector<broker::member_id> drops;  ///< They are closed in this schedule already.
    };
    /// Takes the actions that are due.
    actions take_due(time_point now);
    /// Returns the earliest time at which an action may be due.
    std::optional<time_point> next_deadline() const noexcept;

  private:
    struct peer {
        time_point last_activity;
        time_point next_ping;
        time_point deadline;  ///< Key of the peer in deadlines_.
    };
    time_point peer_deadline(const peer& peer) const noexcept;

    milliseconds ping_interval_;
    milliseconds idle_timeout_;
    std::map<broker::member_id, peer> peers_;
    /// A deadline ignores activity since it was set, so messages cost little. It is checked when it is due.
    std::set<std::pair<time_point, broker::member_id>> deadlines_;
};

}  // namespace tmq::embedded::net
