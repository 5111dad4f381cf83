#include "subscription/positions.hpp"

#include <algorithm>
#include <utility>

namespace tmq::subscription {

std::optional<std::size_t> positions::find(std::string_view topic, std::int32_t vgroup) const noexcept {
    const auto found = std::find_if(vgroups_.begin(), vgroups_.end(), [&](const vgroup_position& at) {
        return at.vgroup == vgroup && at.topic == topic;
    });
    return found == vgroups_.end() ? std::nullopt
                                   : std::optional(static_cast<std::size_t>(found - vgroups_.begin()));
}

vgroup_position& positions::at(std::string_view topic, std::int32_t vgroup) {
    if (const auto index = find(topic, vgroup)) return vgroups_[*index];
    vgroup_position added;
    added.topic.assign(topic);
    added.vgroup = vgroup;
    vgroups_.push_back(std::move(added));
    return vgroups_.back();
}

bool positions::has_inexact() const noexcept {
    return std::any_of(vgroups_.begin(), vgroups_.end(),
                       [](const vgroup_position& at) { return at.has_uncommitted && !at.next; });
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
                       [](const vgroup_position& at) { return at.to_commit.has_value(); });
}

arrival positions::announced(std::string_view topic, std::int32_t vgroup, std::int64_t offset,
                             bool is_metadata) {
    vgroup_position& in = at(topic, vgroup);
    if (!in.is_placed && !in.next) {
        // New here, so it may be anywhere.
        in.is_placed = true;
        if (offset >= 0 && !is_metadata) in.next = in.read = offset;
        return arrival::expected;
    }
    if (!in.is_placed) return arrival::misplaced;
    if (in.unproven) return arrival::unproven;
    if (std::exchange(in.may_start_anywhere, false) || offset < 0 || !in.read) return arrival::expected;
    if (!is_metadata && offset > *in.read) in.of_others = {*in.read, offset};
    const bool is_next = is_metadata ? offset > *in.read : offset >= *in.read;
    return is_next ? arrival::expected : arrival::misplaced;
}

arrival positions::prove(std::size_t index, std::int64_t offset, bool is_metadata,
                         std::int64_t position) noexcept {
    vgroup_position& in = vgroups_[index];
    const std::optional<std::int64_t> target = std::exchange(in.unproven, std::nullopt);
    // The next message starts at the target or after it.
    in.may_start_anywhere = false;
    if (target == position) return arrival::stale;
    const bool is_before = target && offset >= 0 && (is_metadata ? offset <= *target : offset < *target);
    return is_before ? arrival::misplaced : arrival::expected;
}

void positions::read(std::string_view topic, std::int32_t vgroup, std::int64_t next_offset) {
    vgroup_position& in = at(topic, vgroup);
    in.read = next_offset < 0 ? std::nullopt : std::optional(next_offset);
}

void positions::delivered(std::string_view topic, std::int32_t vgroup, std::int64_t next_offset) {
    vgroup_position& in = at(topic, vgroup);
    in.next = in.delivered_until = next_offset < 0 ? std::nullopt : std::optional(next_offset);
    if (in.gone && in.next >= in.gone->from) {
        const std::int64_t until = std::exchange(in.gone, std::nullopt)->until;
        if (in.next < until) {
            // A commit inside what is gone would be refused.
            settle(static_cast<std::size_t>(&in - vgroups_.data()));
            in.next = until;
            return;
        }
    }
    in.has_uncommitted = !in.next || in.next != in.committed;
    if (mode_ == acknowledge_mode::by_poll)
        last_ = static_cast<std::size_t>(&in - vgroups_.data());
    else if (in.next)
        in.delivered.add(*in.next);
}

void positions::advance_commit(vgroup_position& in, std::int64_t offset) noexcept {
    if (in.gone && offset < in.gone->until) return;
    in.to_commit = in.committed == offset ? std::nullopt : std::optional(offset);
}

void positions::finish_delivered() {
    if (!last_) return;
    vgroup_position& in = vgroups_[*std::exchange(last_, std::nullopt)];
    if (in.next && (in.has_uncommitted || !in.committed || *in.committed < *in.next))
        advance_commit(in, *in.next);
}

void positions::finish(std::size_t index, std::int64_t next_offset) {
    vgroup_position& in = vgroups_[index];
    if (const auto reached = in.delivered.finish(next_offset)) advance_commit(in, *reached);
}

void positions::sought(std::string_view topic, std::int32_t vgroup, std::int64_t offset, bool has_polled) {
    vgroup_position& in = at(topic, vgroup);
    settle(static_cast<std::size_t>(&in - vgroups_.data()));
    in.next = in.read = offset;
    in.of_others.reset();
    in.gone.reset();
    in.is_placed = in.may_start_anywhere = in.is_sought = true;
    in.is_awaited = false;
    in.unproven = has_polled ? std::optional(offset) : std::nullopt;
}

void positions::committed(std::size_t index, std::int64_t offset) noexcept {
    vgroup_position& in = vgroups_[index];
    in.committed = offset;
    in.is_sought = false;
    in.tried.succeeded(offset);
    in.delivered.settle(offset);
    if (in.to_commit && *in.to_commit <= offset) in.to_commit.reset();
    if (in.delivered_until && offset >= *in.delivered_until) in.has_uncommitted = false;
}

/// Not as in committed(): a placement has to know that commit for another member's.
void positions::overtaken(std::size_t index, std::int64_t offset) noexcept {
    vgroup_position& in = vgroups_[index];
    in.delivered.settle(offset);
    if (in.to_commit && *in.to_commit <= offset) in.to_commit.reset();
    if (in.next && *in.next <= offset) in.has_uncommitted = false;
}

bool positions::is_own_commit(std::size_t index, std::int64_t offset) noexcept {
    vgroup_position& in = vgroups_[index];
    // What was committed before this consumer has asked for the first time does not take a seek back.
    const bool is_from_before = !in.committed && in.is_sought;
    if (in.tried.contains(offset) || is_from_before) {
        in.committed = offset;
        in.tried.succeeded(offset);
    }
    return in.committed == offset;
}

void positions::all_committed() noexcept {
    for (vgroup_position& in : vgroups_) {
        if (in.has_uncommitted) in.committed = in.next;
        in.has_uncommitted = in.is_sought = false;
        in.to_commit.reset();
        in.delivered.clear();
    }
}

bool positions::has_unfinished() const noexcept {
    return std::any_of(vgroups_.begin(), vgroups_.end(),
                       [](const vgroup_position& at) { return at.delivered.size() != 0; });
}

/// Nothing of what was delivered is to be committed any more.
void positions::settle(std::size_t index) noexcept {
    vgroup_position& in = vgroups_[index];
    in.has_uncommitted = false;
    in.to_commit.reset();
    in.delivered.clear();
    if (last_ == index) last_.reset();
}

void positions::refused(std::size_t index) noexcept {
    if (vgroups_[index].is_awaited) return;
    vgroups_[index].to_commit.reset();
    vgroups_[index].has_uncommitted = false;
}

void positions::placed(std::string_view topic, std::int32_t vgroup, std::int64_t offset, bool has_polled) {
    vgroup_position& in = at(topic, vgroup);
    // Delivery goes on somewhere else than it stopped: what was delivered before is settled by somebody else,
    // or gone.
    if (in.next != offset) {
        settle(static_cast<std::size_t>(&in - vgroups_.data()));
        if (in.next && offset > *in.next) in.of_others = {0, offset};
        in.may_start_anywhere = true;
    }
    in.next = in.read = offset;
    in.gone.reset();
    in.is_placed = true;
    in.is_awaited = false;
    if (has_polled) in.may_start_anywhere = true;
    in.unproven = has_polled ? std::optional(offset) : std::nullopt;
}

void positions::advanced(std::size_t index, std::int64_t offset) noexcept {
    vgroup_position& in = vgroups_[index];
    if (!in.is_placed || !in.next || in.next != in.read || offset <= *in.next) return;
    in.next = in.read = offset;
}

void positions::skipped(std::size_t index, std::int64_t offset) noexcept {
    vgroup_position& in = vgroups_[index];
    if (in.next == offset) return;
    // The messages delivered before are gone too, and a commit inside what is gone would be refused.
    if (in.next == in.read) {
        settle(index);
        in.next = offset;
    } else if (in.read) {
        in.gone = {in.gone && in.gone->until == in.read ? in.gone->from : *in.read, offset};
        if (in.to_commit && *in.to_commit < offset) in.to_commit.reset();
    }
    in.read = offset;
}

void positions::displaced(std::size_t index) noexcept {
    vgroup_position& in = vgroups_[index];
    in.read = in.next;
    in.unproven.reset();
    in.is_placed = false;
    // Once put right, it is taken as it comes: a server that contradicts itself is not asked for ever.
    in.may_start_anywhere = true;
}

void positions::all_displaced() noexcept {
    for (vgroup_position& in : vgroups_) {
        in.read = in.next;
        in.unproven.reset();
        in.is_placed = false;
        in.is_awaited = in.next.has_value();
    }
}

void positions::lost(std::size_t index) noexcept {
    settle(index);
    vgroup_position& in = vgroups_[index];
    in.next.reset();
    in.read.reset();
    in.committed.reset();
    in.tried.clear();
    in.gone.reset();
    in.unproven.reset();
    in.delivered_until.reset();
    in.of_others.reset();
    in.log_begin = in.log_end = -1;
    in.is_placed = in.is_awaited = in.is_assigned = in.may_start_anywhere = in.is_sought = false;
}

void positions::all_lost() noexcept {
    for (std::size_t i = 0; i < vgroups_.size(); ++i)
        lost(i);
}

}  // namespace tmq::subscription
