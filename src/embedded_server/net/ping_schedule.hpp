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

/// When connections are pinged, and when one that is silent is given up: one clock for all of them.
class ping_schedule {
  public:
    using clock = std::chrono::steady_clock;
    using time_point = clock::time_point;
    using milliseconds = std::chrono::milliseconds;

    /// A time of 0 or less: never.
    ping_schedule(milliseconds ping_interval, milliseconds idle_timeout)
        : ping_interval_(ping_interval), idle_timeout_(idle_timeout) {}

    void open(broker::member_id id, time_point now);
    /// A message or a pong has come.
    void heard(broker::member_id id, time_point now) noexcept;
    void close(broker::member_id id) noexcept;

    struct actions {
        std::vector<broker::member_id> pings;
        std::vector<broker::member_id> drops;  ///< these are closed already
    };
    /// What is to be done by now.
    actions take_due(time_point now);
    /// When there is something to be done, at the earliest.
    std::optional<time_point> next_deadline() const noexcept;

  private:
    struct peer {
        time_point heard;
        time_point next_ping;
        time_point looked_at;  ///< under which it stands among the deadlines
    };
    time_point deadline_of(const peer& one) const noexcept;

    milliseconds ping_interval_;
    milliseconds idle_timeout_;
    std::map<broker::member_id, peer> peers_;
    /// What has been heard since does not move a deadline: it is found out when it has come.
    std::set<std::pair<time_point, broker::member_id>> deadlines_;
};

}  // namespace tmq::embedded::net
