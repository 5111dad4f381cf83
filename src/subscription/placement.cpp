#include "subscription/placement.hpp"

#include "subscription/refusal.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace tmq::subscription {
namespace {

constexpr std::chrono::milliseconds between_tries{50};
constexpr int max_late_seeks = 3;

/// Limit of answers in a row that each lack a vgroup, not always the same one.
constexpr int max_doubts = 3 * placement::believed_answers;

/// Limit for one topic. TDengine has at most 1,024 in a database.
constexpr std::size_t max_vgroups_of_topic = 4096;

bool is_known(const protocol::vgroup_assignment& listed) noexcept {
    return listed.log_begin() >= 0 && listed.log_end() >= 0;
}

/// True for a refusal that passes with the rebalance. One that does not pass is reported by the next poll.
bool is_passing(const failure& refused) noexcept {
    if (!is_said_by_server(refused) || !is_retriable(refused.code)) return false;
    return passes_after_rebalance(refused.code) || refused.code != condition::not_a_member;
}

bool ends_subscription(const failure& refused) noexcept {
    return !is_said_by_server(refused) || refused.code == condition::not_a_member;
}

}  // namespace

void placement::fail(const failure& why) {
    why_ = why;
    step_ = step::failed;
    resumed_.clear();
    assigned_.clear();
    revoked_.clear();
    lost_.clear();
}

void placement::apply() {
    for (const partition_offset& vgroup : placed_)
        positions_.placed(vgroup.topic(), vgroup.vgroup(), vgroup.offset(), circumstances_.has_polled);
    for (const partition_offset& vgroup : assigned_)
        positions_.assigned(*positions_.find(vgroup.topic(), vgroup.vgroup()));
    for (const partition_offset& vgroup : advanced_)
        positions_.advanced(*positions_.find(vgroup.topic(), vgroup.vgroup()), vgroup.offset());
    for (const lost_rows& rows : lost_)
        positions_.skipped(*positions_.find(rows.topic, rows.vgroup), rows.end);
    for (const bounds& known : bounds_) {
        const auto index = positions_.find(known.topic, known.listed.vgroup());
        if (!index) continue;
        positions_.bounded(*index, known.listed.log_begin(), known.listed.log_end());
        const vgroup_position& place = positions_[*index];
        has_backlog_ =
            has_backlog_ || (place.is_placed && place.read && *place.read < known.listed.log_end());
    }
}

/// Discards the findings about the topic: they are asked for again.
void placement::forget_topic() {
    const auto is_here = [this](const partition_offset& vgroup) { return vgroup.topic() == topic(); };
    for (std::vector<partition_offset>* const found :
         {&advanced_, &displaced_, &placed_, &resumed_, &assigned_})
        std::erase_if(*found, is_here);
    std::erase_if(revoked_, [this](std::size_t index) { return positions_[index].topic == topic(); });
    std::erase_if(lost_, [this](const lost_rows& rows) { return rows.topic == topic(); });
    std::erase_if(bounds_, [this](const bounds& known) { return known.topic == topic(); });
    displaced_logs_.clear();
    fresh_.clear();
    fresh_logs_.clear();
    steady_.clear();
    begins_.clear();
}

void placement::ask_again(time_point now) {
    is_unsettled_ = true;
    displaced_.clear();
    displaced_logs_.clear();
    if (now >= circumstances_.patience_end) return next_topic();
    again_at_ = std::min(now + between_tries, circumstances_.patience_end);
    step_ = step::wait;
}

bool placement::is_steady(std::int32_t vgroup) const noexcept {
    const auto index = positions_.find(topic(), vgroup);
    return index && positions_[*index].is_placed;
}

bool placement::is_new(std::int32_t vgroup) const noexcept {
    const auto index = positions_.find(topic(), vgroup);
    return !index || (!positions_[*index].is_placed && !positions_[*index].next);
}

bool placement::is_missing(std::size_t index,
                           std::span<const protocol::vgroup_assignment> listed) const noexcept {
    const vgroup_position& place = positions_[index];
    if (place.topic != topic() || (!place.is_placed && !place.next)) return false;
    return std::none_of(listed.begin(), listed.end(), [&place](const protocol::vgroup_assignment& entry) {
        return entry.vgroup() == place.vgroup;
    });
}

bool placement::is_awaited(std::size_t index, time_point now) const noexcept {
    return positions_[index].is_awaited && now < circumstances_.await_end;
}

/// True if the answer lacks an expected vgroup that earlier answers have not lacked often enough.
bool placement::is_doubtful(std::span<const protocol::vgroup_assignment> listed, time_point now) {
    absences_.resize(positions_.size());
    bool result = false;
    for (std::size_t i = 0; i < positions_.size(); ++i) {
        absences_[i] = is_missing(i, listed) && !is_awaited(i, now) ? absences_[i] + 1 : 0;
        result = result || (absences_[i] != 0 && absences_[i] < believed_answers);
    }
    return result;
}

void placement::on_assignment(const failure& refused, std::span<const protocol::vgroup_assignment> listed,
                              time_point now) {
    // To an evicted member 3.4 answers that the topic is not its own (docs/protocol.md).
    const bool is_stranger = refused.code == condition::vgroup_moved;
    is_mismatched_ = is_stranger || refused.code == server_errc::consumer_mismatch;
    if (is_stranger || is_passing(refused)) return ask_again(now);
    if (refused && ends_subscription(refused)) return fail(refused);
    // Snapshots and the like have no positions in a log.
    if (refused) {
        is_unsettled_ = is_unsettled_ || (awaits_any() && now < circumstances_.await_end);
        return next_topic();
    }
    if (listed.size() > max_vgroups_of_topic)
        return fail({defect_code::reply_malformed, "more vgroups than a topic can have"});
    if (is_doubtful(listed, now) && ++doubts_ < max_doubts) {
        again_at_ = now + between_tries;
        step_ = step::wait;
        return;
    }
    doubts_ = 0;
    // A vgroup that stays through a rebalance has no bounds until its next reply, and needs none.
    const auto is_usable = [this](const protocol::vgroup_assignment& entry) {
        return is_known(entry) || is_steady(entry.vgroup());
    };
    if (!std::all_of(listed.begin(), listed.end(), is_usable) && now < circumstances_.patience_end)
        return ask_again(now);

    forget_topic();
    for (const protocol::vgroup_assignment& entry : listed) {
        if (is_known(entry)) bounds_.push_back({topic(), entry});
        if (is_usable(entry))
            classify(entry);
        else
            is_unsettled_ = true;
    }
    find_missing(listed, now);
    ask_steady();
}

void placement::ask_steady() {
    subject_ = subject::steady;
    if (circumstances_.may_advance && !steady_.empty()) {
        step_ = step::position;
        return;
    }
    for (std::size_t i = 0; i < steady_.size(); ++i)
        check_steady(i, -1);
    ask_fresh();
}

void placement::ask_fresh() {
    subject_ = subject::fresh;
    if (fresh_.empty()) return ask_displaced();
    step_ = circumstances_.needs_commit ? step::committed : step::position;
}

void placement::on_position(const failure& refused, std::span<const std::int64_t> offsets, time_point now) {
    if (refused && refused.code != condition::vgroup_moved && !is_passing(refused) &&
        ends_subscription(refused))
        return fail(refused);
    if (subject_ == subject::fresh) return on_fresh(refused, offsets, now);
    if (refused.code == condition::vgroup_moved) return ask_again(now);
    // Without an answer, as after a rebalance, the vgroup is where it was read to.
    for (std::size_t i = 0; i < steady_.size(); ++i)
        check_steady(i, refused ? -1 : offsets[i]);
    ask_fresh();
}

void placement::on_fresh(const failure& refused, std::span<const std::int64_t> offsets, time_point now) {
    if (refused.code == condition::vgroup_moved || is_passing(refused)) return ask_again(now);
    for (std::size_t i = fresh_.size(); i-- > 0;)
        set_fresh_target(i, refused ? -1 : offsets[i]);
    ask_displaced();
}

void placement::check_steady(std::size_t index, std::int64_t position) {
    const partition_offset& vgroup = steady_[index];
    const vgroup_position& place = positions_[*positions_.find(vgroup.topic(), vgroup.vgroup())];
    if (!place.read) return;
    const std::int64_t reached = std::max(*place.read, position);
    if (reached > *place.read) advanced_.emplace_back(vgroup.topic(), vgroup.vgroup(), reached);
    if (reached < begins_[index]) lost_.push_back({vgroup.topic(), vgroup.vgroup(), reached, begins_[index]});
}

/// Without a position, as with `none` and nothing committed, the first message shows where the vgroup starts.
void placement::set_fresh_target(std::size_t index, std::int64_t position) {
    if (position >= 0) {
        fresh_logs_[index].wanted = std::max(position, fresh_logs_[index].begin);
        fresh_[index].set_offset(fresh_logs_[index].wanted);
        return;
    }
    if (circumstances_.asks_application) {
        fresh_logs_[index].wanted = -1;
        return;
    }
    fresh_.erase(fresh_.begin() + static_cast<std::ptrdiff_t>(index));
    fresh_logs_.erase(fresh_logs_.begin() + static_cast<std::ptrdiff_t>(index));
}

void placement::ask_displaced() {
    subject_ = subject::displaced;
    if (displaced_.empty()) return ask_start();
    step_ = step::committed;
}

void placement::ask_start() {
    const bool has_gained = !fresh_.empty() || !displaced_.empty();
    if (!circumstances_.asks_application || !has_gained) return next_seek();
    step_ = step::start;
}

std::vector<topic_partition> placement::gained() const {
    std::vector<topic_partition> result;
    for (const std::vector<partition_offset>* const vgroups : {&fresh_, &displaced_})
        for (const partition_offset& vgroup : *vgroups)
            result.push_back(vgroup.partition());
    return result;
}

void placement::on_start(const failure& refused, std::span<const partition_offset> named) {
    if (refused) return fail(refused);
    for (const partition_offset& start : named)
        if (start.offset() < 0)
            return fail({make_error_code(errc::invalid_argument),
                         "a start at offset " + std::to_string(start.offset()) + " of vgroup " +
                             std::to_string(start.vgroup())});
    const auto find = [named](const topic_partition& vgroup) {
        return std::find_if(named.begin(), named.end(),
                            [&vgroup](const partition_offset& start) { return start.partition() == vgroup; });
    };
    for (std::size_t i = 0; i < displaced_.size(); ++i) {
        const auto start = find(displaced_[i].partition());
        if (start == named.end()) continue;
        displaced_logs_[i].wanted = std::max(displaced_logs_[i].wanted, start->offset());
        displaced_[i].set_offset(displaced_logs_[i].reachable());
    }
    for (std::size_t i = fresh_.size(); i-- > 0;) {
        const auto start = find(fresh_[i].partition());
        if (start != named.end()) {
            fresh_logs_[i].wanted = start->offset();
            fresh_[i].set_offset(fresh_logs_[i].reachable());
        } else if (fresh_logs_[i].wanted < 0) {
            fresh_.erase(fresh_.begin() + static_cast<std::ptrdiff_t>(i));
            fresh_logs_.erase(fresh_logs_.begin() + static_cast<std::ptrdiff_t>(i));
        }
    }
    next_seek();
}

/// New vgroups come last, after the displaced ones.
void placement::next_seek() {
    if (displaced_.empty()) {
        std::swap(displaced_, fresh_);
        std::swap(displaced_logs_, fresh_logs_);
    }
    if (displaced_.empty()) return next_topic();
    step_ = step::seek;
}

bool placement::awaits_any() const noexcept {
    for (std::size_t i = 0; i < positions_.size(); ++i)
        if (positions_[i].topic == topic() && positions_[i].next && !positions_[i].is_placed) return true;
    return false;
}

void placement::classify(const protocol::vgroup_assignment& listed) {
    const auto is_same = [&](const partition_offset& vgroup) {
        return vgroup.vgroup() == listed.vgroup() && vgroup.topic() == topic();
    };
    for (const std::vector<partition_offset>* const known :
         {&steady_, &fresh_, &displaced_, &placed_, &assigned_})
        if (std::any_of(known->begin(), known->end(), is_same)) return;

    if (!is_steady(listed.vgroup())) {
        const bool fresh = is_new(listed.vgroup());
        (fresh ? fresh_ : displaced_).emplace_back(topic(), listed.vgroup(), listed.offset());
        (fresh ? fresh_logs_ : displaced_logs_).push_back({listed.log_begin(), listed.log_end(), 0});
        return;
    }
    const auto index = positions_.find(topic(), listed.vgroup());
    steady_.emplace_back(topic(), listed.vgroup(), listed.offset());
    begins_.push_back(listed.log_begin());
    if (!positions_[*index].is_assigned)
        assigned_.emplace_back(topic(), listed.vgroup(), positions_[*index].next.value_or(-1));
}

void placement::find_missing(std::span<const protocol::vgroup_assignment> listed, time_point now) {
    for (std::size_t i = 0; i < positions_.size(); ++i) {
        if (!is_missing(i, listed)) continue;
        if (is_awaited(i, now) || absences_[i] < believed_answers)
            is_unsettled_ = true;
        else
            revoked_.push_back(i);
    }
}

void placement::on_committed(const failure& refused, std::span<const std::int64_t> offsets, time_point now) {
    if (subject_ == subject::fresh && (!refused || !ends_subscription(refused)))
        return on_fresh(refused, offsets, now);
    if (refused.code == condition::vgroup_moved || is_passing(refused)) return ask_again(now);
    if (refused) return fail(refused);
    for (std::size_t i = 0; i < displaced_.size(); ++i) {
        partition_offset& vgroup = displaced_[i];
        log& known = displaced_logs_[i];
        const std::size_t index = *positions_.find(vgroup.topic(), vgroup.vgroup());
        const std::int64_t stopped = positions_[index].next.value_or(known.begin);
        const bool is_own = positions_.is_own_commit(index, offsets[i]);
        // A commit further on is another member's, which has read on.
        known.wanted = offsets[i] > stopped && offsets[i] <= known.end && !is_own ? offsets[i] : stopped;
        vgroup.set_offset(known.reachable());
    }
    ask_start();
}

void placement::on_seek(const failure& refused, time_point now) {
    if (refused.code == server_errc::offset_out_of_range && ++tries_ < max_late_seeks) {
        step_ = step::assignment;
        return;
    }
    if (is_passing(refused)) return ask_again(now);
    const bool is_foreign_now = refused.code == condition::vgroup_moved;
    // Without the seek the server starts a new vgroup at the same offset.
    const bool is_needless = refused && !ends_subscription(refused) && !is_foreign_now &&
                             is_new(target().vgroup()) && !circumstances_.asks_application;
    if (refused && !is_foreign_now && !is_needless) return fail(refused);
    if (is_foreign_now)
        is_unsettled_ = true;
    else
        settle();
    displaced_.pop_back();
    displaced_logs_.pop_back();
    next_seek();
}

/// Records that the server reads target() from its offset on.
void placement::settle() {
    const std::int64_t wanted = displaced_logs_.back().wanted;
    if (wanted != target().offset())
        lost_.push_back({target().topic(), target().vgroup(), wanted, target().offset()});
    const auto index = positions_.find(target().topic(), target().vgroup());
    (index && positions_[*index].is_assigned ? resumed_ : assigned_).push_back(target());
    placed_.push_back(target());
}

}  // namespace tmq::subscription
