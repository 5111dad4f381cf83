#pragma once

#include "embedded_server/broker/consumer_group.hpp"

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace tmq::embedded {

/// When connections are pinged, and when one that is silent is given up: one clock for all of them.
class keep_alive {
  public:
    using clock = std::chrono::steady_clock;
    using time_point = clock::time_point;
    using milliseconds = std::chrono::milliseconds;

    /// A time of 0 or less: never.
    keep_alive(milliseconds ping_interval, milliseconds idle_timeout) : ping_interval_(ping_interval), idle_timeout_(idle_timeout) {}

    void open(session_id id, time_point now);
    /// A message or a pong has come.
    void heard(session_id id, time_point now) noexcept;
    void close(session_id id) noexcept;

    struct actions {
        std::vector<session_id> pings;
        std::vector<session_id> drops;  ///< these are closed already
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
    std::map<session_id, peer> peers_;
    /// What has been heard since does not move a deadline: it is found out when it has come.
    std::set<std::pair<time_point, session_id>> deadlines_;
};

}  // namespace tmq::embedded
