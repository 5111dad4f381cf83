#include "embedded_server/net/ping_schedule.hpp"

#include <algorithm>

namespace tmq::embedded::net {

ping_schedule::time_point ping_schedule::peer_deadline(const peer& peer) const noexcept {
    time_point due = time_point::max();
    if (ping_interval_.count() > 0) due = peer.next_ping;
    if (idle_timeout_.count() > 0) due = std::min(due, peer.last_activity + idle_timeout_);
    return due;
}

void ping_schedule::open(broker::member_id id, time_point now) {
    close(id);
    peer entry{now, now + ping_interval_, {}};
    entry.deadline = peer_deadline(entry);
    peers_.emplace(id, entry);
    if (entry.deadline != time_point::max()) deadlines_.emplace(entry.deadline, id);
}

void ping_schedule::note_activity(broker::member_id id, time_point now) noexcept {
    const auto entry = peers_.find(id);
    if (entry != peers_.end()) entry->second.last_activity = now;
}

void ping_schedule::close(broker::member_id id) noexcept {
    const auto entry = peers_.find(id);
    if (entry == peers_.end()) return;
    deadlines_.erase({entry->second.deadline, id});
    peers_.erase(entry);
}

ping_schedule::actions ping_schedule::take_due(time_point now) {
    actions result;
    while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
        const broker::member_id id = deadlines_.begin()->second;
        deadlines_.erase(deadlines_.begin());
        const auto entry = peers_.find(id);
        peer& peer = entry->second;
        if (idle_timeout_.count() > 0 && peer.last_activity + idle_timeout_ <= now) {
            peers_.erase(entry);
            result.drops.push_back(id);
            continue;
        }
        if (ping_interval_.count() > 0 && peer.next_ping <= now) {
            result.pings.push_back(id);
            // Missed pings are skipped.
            while (peer.next_ping <= now)
                peer.next_ping += ping_interval_;
        }
        peer.deadline = peer_deadline(peer);
        deadlines_.emplace(peer.deadline, id);
    }
    return result;
}

std::optional<ping_schedule::time_point> ping_schedule::next_deadline() const noexcept {
    return deadlines_.empty() ? std::nullopt : std::optional(deadlines_.begin()->first);
}

}  // namespace tmq::embedded::net
