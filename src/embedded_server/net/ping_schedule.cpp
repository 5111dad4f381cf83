#include "embedded_server/net/ping_schedule.hpp"

#include <algorithm>

namespace tmq::embedded::net {

ping_schedule::time_point ping_schedule::deadline_of(const peer& one) const noexcept {
    time_point due = time_point::max();
    if (ping_interval_.count() > 0) due = one.next_ping;
    if (idle_timeout_.count() > 0) due = std::min(due, one.heard + idle_timeout_);
    return due;
}

void ping_schedule::open(broker::member_id id, time_point now) {
    close(id);
    peer one{now, now + ping_interval_, {}};
    one.looked_at = deadline_of(one);
    peers_.emplace(id, one);
    if (one.looked_at != time_point::max()) deadlines_.emplace(one.looked_at, id);
}

void ping_schedule::heard(broker::member_id id, time_point now) noexcept {
    const auto at = peers_.find(id);
    if (at != peers_.end()) at->second.heard = now;
}

void ping_schedule::close(broker::member_id id) noexcept {
    const auto at = peers_.find(id);
    if (at == peers_.end()) return;
    deadlines_.erase({at->second.looked_at, id});
    peers_.erase(at);
}

ping_schedule::actions ping_schedule::take_due(time_point now) {
    actions result;
    while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
        const broker::member_id id = deadlines_.begin()->second;
        deadlines_.erase(deadlines_.begin());
        const auto at = peers_.find(id);
        peer& one = at->second;
        if (idle_timeout_.count() > 0 && one.heard + idle_timeout_ <= now) {
            peers_.erase(at);
            result.drops.push_back(id);
            continue;
        }
        if (ping_interval_.count() > 0 && one.next_ping <= now) {
            result.pings.push_back(id);
            // those that were missed are not made up for
            while (one.next_ping <= now)
                one.next_ping += ping_interval_;
        }
        one.looked_at = deadline_of(one);
        deadlines_.emplace(one.looked_at, id);
    }
    return result;
}

std::optional<ping_schedule::time_point> ping_schedule::next_deadline() const noexcept {
    return deadlines_.empty() ? std::nullopt : std::optional(deadlines_.begin()->first);
}

}  // namespace tmq::embedded::net
