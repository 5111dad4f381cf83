#include "subscription/positions.hpp"

#include <algorithm>
#include <atomic>
#include <utility>

namespace tmq::subscription {

/// Starts at 1: the receipt of no message has 0.
std::uint32_t positions::next_subscription() noexcept {
    static std::atomic<std::uint32_t> count{0};
    std::uint32_t next = ++count;
    while (next == 0)
        next = ++count;
    return next;
}

std::optional<std::size_t> positions::find(std::string_view topic, std::int32_t vgroup) const noexcept {
    const auto found = std::find_if(vgroups_.begin(), vgroups_.end(), [&](const vgroup_position& place) {
        return place.vgroup == vgroup && place.topic == topic;
    });
    return found == vgroups_.end() ? std::nullopt
                                   : std::optional(static_cast<std::size_t>(found - vgroups_.begin()));
}

std::size_t positions::add(std::string_view topic, std::int32_t vgroup) {
    if (const auto index = find(topic, vgroup)) return *index;
    vgroup_position added;
    added.topic.assign(topic);
    added.vgroup = vgroup;
    vgroups_.push_back(std::move(added));
    return vgroups_.size() - 1;
}

bool positions::has_inexact() const noexcept {
    return std::any_of(vgroups_.begin(), vgroups_.end(),
                       [](const vgroup_position& place) { return place.has_uncommitted && !place.next; });
}

bool positions::is_only_uncommitted(std::size_t index, std::int64_t offset) const noexcept {
    for (std::size_t i = 0; i < vgroups_.size(); ++i) {
        const vgroup_position& vgroup = vgroups_[i];
        if (i == index ? vgroup.next != offset : vgroup.has_uncommitted || vgroup.is_sought) return false;
    }
    return true;
}

bool positions::has_displaced() const noexcept {
    return std::any_of(vgroups_.begin(), vgroups_.end(),
                       [](const vgroup_position& vgroup) { return vgroup.next && !vgroup.is_placed; });
}

bool positions::has_to_commit() const noexcept {
    return std::any_of(vgroups_.begin(), vgroups_.end(),
                       [](const vgroup_position& place) { return place.to_commit.has_value(); });
}

arrival positions::announced(std::size_t index, std::int64_t offset, bool is_metadata) noexcept {
    vgroup_position& place = vgroups_[index];
    if (!place.is_placed && !place.next) {
        if (places_first_) return arrival::misplaced;
        // New here, so it may be anywhere.
        place.is_placed = true;
        if (offset >= 0 && !is_metadata) place.next = place.read = offset;
        return arrival::expected;
    }
    if (!place.is_placed) return arrival::misplaced;
    if (place.unproven) return arrival::unproven;
    if (std::exchange(place.may_start_anywhere, false) || offset < 0 || !place.read) return arrival::expected;
    if (!is_metadata && offset > *place.read) place.foreign = {*place.read, offset};
    const bool is_next = is_metadata ? offset > *place.read : offset >= *place.read;
    return is_next ? arrival::expected : arrival::misplaced;
}

arrival positions::prove(std::size_t index, std::int64_t offset, bool is_metadata,
                         std::int64_t position) noexcept {
    vgroup_position& place = vgroups_[index];
    const std::optional<std::int64_t> target = std::exchange(place.unproven, std::nullopt);
    // The next message starts at the target or after it.
    place.may_start_anywhere = false;
    if (target == position) return arrival::stale;
    const bool is_before = target && offset >= 0 && (is_metadata ? offset <= *target : offset < *target);
    return is_before ? arrival::misplaced : arrival::expected;
}

void positions::read(std::size_t index, std::int64_t next_offset) noexcept {
    vgroup_position& place = vgroups_[index];
    place.read = next_offset < 0 ? std::nullopt : std::optional(next_offset);
}

void positions::delivered(std::size_t index, std::int64_t next_offset) {
    vgroup_position& place = vgroups_[index];
    place.next = place.delivered_end = next_offset < 0 ? std::nullopt : std::optional(next_offset);
    if (place.lost && place.next >= place.lost->begin) {
        const std::int64_t end = std::exchange(place.lost, std::nullopt)->end;
        if (place.next < end) {
            // A commit inside the deleted part would be refused.
            settle(index);
            place.next = end;
            return;
        }
    }
    place.has_uncommitted = !place.next || place.next != place.committed;
    if (mode_ == acknowledge_mode::by_poll)
        last_ = index;
    else if (place.next)
        place.unacknowledged.add(*place.next);
}

void positions::advance_commit(vgroup_position& place, std::int64_t offset) noexcept {
    if (place.lost && offset < place.lost->end) return;
    place.to_commit = place.committed == offset ? std::nullopt : std::optional(offset);
}

void positions::mark_processed() {
    if (!last_) return;
    vgroup_position& place = vgroups_[*std::exchange(last_, std::nullopt)];
    if (place.next && (place.has_uncommitted || !place.committed || *place.committed < *place.next))
        advance_commit(place, *place.next);
}

void positions::acknowledge(std::size_t index, std::int64_t next_offset) {
    vgroup_position& place = vgroups_[index];
    if (const auto reached = place.unacknowledged.acknowledge(next_offset)) advance_commit(place, *reached);
}

void positions::sought(std::string_view topic, std::int32_t vgroup, std::int64_t offset, bool has_polled) {
    const std::size_t index = add(topic, vgroup);
    vgroup_position& place = vgroups_[index];
    settle(index);
    place.next = place.read = offset;
    place.foreign.reset();
    place.lost.reset();
    place.is_placed = place.may_start_anywhere = place.is_sought = true;
    place.is_awaited = false;
    place.unproven = has_polled ? std::optional(offset) : std::nullopt;
}

void positions::committed(std::size_t index, std::int64_t offset) noexcept {
    vgroup_position& place = vgroups_[index];
    place.committed = offset;
    place.is_sought = false;
    place.tried.succeeded(offset);
    place.unacknowledged.settle(offset);
    if (place.to_commit && *place.to_commit <= offset) place.to_commit.reset();
    if (place.delivered_end && offset >= *place.delivered_end) place.has_uncommitted = false;
}

/// Leaves `committed` as it is: a placement has to recognise the commit as another member's.
void positions::overtaken(std::size_t index, std::int64_t offset) noexcept {
    vgroup_position& place = vgroups_[index];
    place.unacknowledged.settle(offset);
    if (place.to_commit && *place.to_commit <= offset) place.to_commit.reset();
    if (place.next && *place.next <= offset) place.has_uncommitted = false;
}

bool positions::is_own_commit(std::size_t index, std::int64_t offset) noexcept {
    vgroup_position& place = vgroups_[index];
    // An offset that was committed before this consumer asked for the first time does not undo a seek.
    const bool is_earlier = !place.committed && place.is_sought;
    if (place.tried.contains(offset) || is_earlier) {
        place.committed = offset;
        place.tried.succeeded(offset);
    }
    return place.committed == offset;
}

void positions::all_committed() noexcept {
    for (vgroup_position& place : vgroups_) {
        if (place.has_uncommitted) place.committed = place.next;
        place.has_uncommitted = place.is_sought = false;
        place.to_commit.reset();
        place.unacknowledged.clear();
    }
}

bool positions::has_unacknowledged() const noexcept {
    return std::any_of(vgroups_.begin(), vgroups_.end(),
                       [](const vgroup_position& place) { return place.unacknowledged.size() != 0; });
}

/// Nothing that was delivered is committed any longer.
void positions::settle(std::size_t index) noexcept {
    vgroup_position& place = vgroups_[index];
    place.has_uncommitted = false;
    place.to_commit.reset();
    place.unacknowledged.clear();
    if (last_ == index) last_.reset();
}

void positions::refused(std::size_t index) noexcept {
    if (vgroups_[index].is_awaited) return;
    vgroups_[index].to_commit.reset();
    vgroups_[index].has_uncommitted = false;
}

void positions::placed(std::string_view topic, std::int32_t vgroup, std::int64_t offset, bool has_polled) {
    const std::size_t index = add(topic, vgroup);
    vgroup_position& place = vgroups_[index];
    // Delivery resumes elsewhere than it stopped: another member has committed what was delivered before, or
    // its rows were deleted.
    if (place.next != offset) {
        settle(index);
        if (place.next && offset > *place.next) place.foreign = {0, offset};
        place.may_start_anywhere = true;
    }
    place.next = place.read = offset;
    place.lost.reset();
    place.is_placed = true;
    place.is_awaited = false;
    if (has_polled) place.may_start_anywhere = true;
    place.unproven = has_polled ? std::optional(offset) : std::nullopt;
}

void positions::advanced(std::size_t index, std::int64_t offset) noexcept {
    vgroup_position& place = vgroups_[index];
    if (!place.is_placed || !place.next || place.next != place.read || offset <= *place.next) return;
    place.next = place.read = offset;
}

void positions::skipped(std::size_t index, std::int64_t offset) noexcept {
    vgroup_position& place = vgroups_[index];
    if (place.next == offset) return;
    // The rows delivered before were deleted too, and a commit inside the deleted part would be refused.
    if (place.next == place.read) {
        settle(index);
        place.next = offset;
    } else if (place.read) {
        place.lost = {place.lost && place.lost->end == place.read ? place.lost->begin : *place.read, offset};
        if (place.to_commit && *place.to_commit < offset) place.to_commit.reset();
    }
    place.read = offset;
}

void positions::displaced(std::size_t index) noexcept {
    vgroup_position& place = vgroups_[index];
    place.read = place.next;
    place.unproven.reset();
    place.is_placed = false;
    // After its placement any message is accepted: a server that contradicts itself must not cause placements
    // for ever.
    place.may_start_anywhere = true;
}

void positions::all_displaced() noexcept {
    for (vgroup_position& place : vgroups_) {
        place.read = place.next;
        place.unproven.reset();
        place.is_placed = false;
        place.is_awaited = place.next.has_value();
    }
}

void positions::lost(std::size_t index) noexcept {
    settle(index);
    vgroup_position& place = vgroups_[index];
    place.next.reset();
    place.read.reset();
    place.committed.reset();
    place.tried.clear();
    place.lost.reset();
    place.unproven.reset();
    place.delivered_end.reset();
    place.foreign.reset();
    place.log_begin = place.log_end = -1;
    place.is_placed = place.is_awaited = place.is_assigned = place.may_start_anywhere = place.is_sought =
        false;
}

void positions::all_lost() noexcept {
    for (std::size_t i = 0; i < vgroups_.size(); ++i)
        lost(i);
}

}  // namespace tmq::subscription
