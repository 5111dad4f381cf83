#include "tools/end_watch.hpp"

#include <algorithm>
#include <limits>

namespace tmq::tools {

void end_watch::on_event(const event& occurrence, time_point now) {
    if (const auto* const first = std::get_if<events::assigned>(&occurrence))
        insert(first->vgroups);
    else if (const auto* const again = std::get_if<events::resumed>(&occurrence))
        insert(again->vgroups);
    else if (const auto* const gone = std::get_if<events::revoked>(&occurrence))
        erase(gone->vgroups);
    else if (!std::holds_alternative<events::connected>(occurrence))
        return;
    last_change_ = now;
}

void end_watch::on_message(std::string_view topic, std::int32_t vgroup, time_point now) {
    is_quiet_ = false;
    const auto is_same = [&](const topic_partition& known) {
        return known.vgroup() == vgroup && known.topic() == topic;
    };
    if (std::any_of(vgroups_.begin(), vgroups_.end(), is_same)) return;
    insert(topic_partition(topic, vgroup));
    last_change_ = now;
}

bool end_watch::needs_lag() const noexcept { return is_quiet_ && !link_.is_down(); }

bool end_watch::is_end(std::span<const vgroup_lag> lags, time_point now) {
    std::vector<topic_partition> listed;
    for (const vgroup_lag& lag : lags)
        listed.push_back(lag.partition());
    std::sort(listed.begin(), listed.end());
    if (listed != vgroups_) {
        // The reason is unknown: the server may have left a vgroup out of one answer, or an event may not
        // have arrived yet.
        vgroups_ = std::move(listed);
        last_change_ = now;
    }
    return is_quiet_ && is_settled(now) && total_lag(lags) == 0;
}

void end_watch::insert(const std::vector<partition_offset>& vgroups) {
    for (const partition_offset& vgroup : vgroups)
        insert(vgroup.partition());
}

void end_watch::erase(const std::vector<partition_offset>& vgroups) {
    for (const partition_offset& vgroup : vgroups)
        std::erase(vgroups_, vgroup.partition());
}

void end_watch::insert(const topic_partition& vgroup) {
    const auto position = std::lower_bound(vgroups_.begin(), vgroups_.end(), vgroup);
    if (position == vgroups_.end() || *position != vgroup) vgroups_.insert(position, vgroup);
}

/// A consumer without a vgroup may be one too many in its group, or the group may still be dividing its
/// vgroups. The settle time is doubled for it.
bool end_watch::is_settled(time_point now) const noexcept {
    if (link_.is_down() || link_.is_missing_vgroups()) return false;
    return now - last_change_ >= (vgroups_.empty() ? 2 * settle_time_ : settle_time_);
}

std::optional<std::int64_t> total_lag(std::span<const vgroup_lag> lags) {
    std::int64_t sum = 0;
    for (const vgroup_lag& lag : lags) {
        if (!lag.entries()) return std::nullopt;
        sum += std::clamp<std::int64_t>(*lag.entries(), 0, std::numeric_limits<std::int64_t>::max() - sum);
    }
    return sum;
}

}  // namespace tmq::tools
