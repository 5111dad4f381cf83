#include "consumer/placement.hpp"

#include "consumer/server_codes.hpp"

#include <algorithm>
#include <utility>

namespace tmq {
namespace {

constexpr std::chrono::milliseconds between_tries{50};
constexpr int max_late_seeks = 3;

/// Of one topic: TDengine has at most 1,024 in a database.
constexpr std::size_t max_vgroups = 4096;

bool is_known(const assigned_vgroup& one) noexcept { return one.begin() >= 0 && one.end() >= 0; }

bool is_elsewhere(const failure& refused) noexcept {
    return refused.code == make_server_error(server_code::foreign_vgroup) || refused.code == make_server_error(server_code::foreign_topic);
}

/// What the server says while it divides the vgroups. When it stays, the next poll is told the same.
bool is_passing(const failure& refused) noexcept {
    if (refused.code.category() != server_category() || !is_retriable(refused.code)) return false;
    return refused.code == make_server_error(server_code::consumer_mismatch) || !server_code::needs_new_subscription(refused.code);
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
    for (const topic_partition& one : placed_) positions_.placed(one.topic(), one.vgroup(), one.offset());
    for (const topic_partition& one : assigned_) positions_.assigned(*positions_.find(one.topic(), one.vgroup()));
    for (const topic_partition& one : advanced_) positions_.advanced(*positions_.find(one.topic(), one.vgroup()), one.offset());
    for (const lost_rows& one : lost_) positions_.skipped(*positions_.find(one.topic, one.vgroup), one.until);
}

/// What was found out about the topic is found out again.
void placement::forget_topic() {
    const auto is_here = [this](const topic_partition& one) { return one.topic() == topic(); };
    for (std::vector<topic_partition>* const found : {&advanced_, &places_, &placed_, &resumed_, &assigned_}) std::erase_if(*found, is_here);
    std::erase_if(revoked_, [this](std::size_t index) { return positions_[index].topic == topic(); });
    std::erase_if(lost_, [this](const lost_rows& one) { return one.topic == topic(); });
    logs_.clear();
    standing_.clear();
    begins_.clear();
}

void placement::ask_again(time_point now) {
    is_unsettled_ = true;
    places_.clear();
    if (now >= patience_) return next_topic();
    again_at_ = std::min(now + between_tries, patience_);
    step_ = step::wait;
}

void placement::on_assignment(const failure& refused, std::span<const assigned_vgroup> listed, time_point now) {
    if (is_passing(refused)) return ask_again(now);
    if (refused && (refused.code.category() != server_category() || server_code::needs_new_subscription(refused.code))) return fail(refused);
    // Snapshots and the like: there are no places in a log then.
    if (refused) {
        is_unsettled_ = is_unsettled_ || (awaits_any() && now < await_until_);
        return next_topic();
    }
    if (listed.size() > max_vgroups) return fail({make_error_code(errc::reply_malformed), "more vgroups than a topic can have"});
    if (!std::all_of(listed.begin(), listed.end(), is_known) && now < patience_) return ask_again(now);

    forget_topic();
    for (const assigned_vgroup& one : listed) {
        if (is_known(one))
            look_at(one);
        else
            is_unsettled_ = true;
    }
    look_for_missing(listed, now);
    if (may_advance_ && !standing_.empty()) {
        step_ = step::position;
        return;
    }
    for (std::size_t i = 0; i < standing_.size(); ++i) look_at_standing(i, -1);
    after_standing();
}

void placement::on_position(const failure& refused, std::span<const std::int64_t> offsets, time_point now) {
    if (is_elsewhere(refused) || is_passing(refused)) return ask_again(now);
    if (refused && (refused.code.category() != server_category() || server_code::needs_new_subscription(refused.code))) return fail(refused);
    for (std::size_t i = 0; i < standing_.size(); ++i) look_at_standing(i, refused ? -1 : offsets[i]);
    after_standing();
}

void placement::look_at_standing(std::size_t index, std::int64_t position) {
    const topic_partition& at = standing_[index];
    const vgroup_position& in = positions_[*positions_.find(at.topic(), at.vgroup())];
    if (!in.read) return;
    const std::int64_t reached = std::max(*in.read, position);
    if (reached > *in.read) advanced_.emplace_back(at.topic(), at.vgroup(), reached);
    if (reached < begins_[index]) lost_.push_back({at.topic(), at.vgroup(), reached, begins_[index]});
}

void placement::after_standing() {
    if (places_.empty()) return next_topic();
    step_ = step::committed;
}

bool placement::awaits_any() const noexcept {
    for (std::size_t i = 0; i < positions_.size(); ++i)
        if (positions_[i].topic == topic() && positions_[i].next && !positions_[i].is_placed) return true;
    return false;
}

void placement::look_at(const assigned_vgroup& listed) {
    const auto is_same = [&](const topic_partition& one) { return one.vgroup() == listed.vgroup() && one.topic() == topic(); };
    for (const std::vector<topic_partition>* const seen : {&standing_, &places_, &placed_, &assigned_})
        if (std::any_of(seen->begin(), seen->end(), is_same)) return;

    const auto index = positions_.find(topic(), listed.vgroup());
    const bool is_new = !index || (!positions_[*index].is_placed && !positions_[*index].next);
    if (is_new && listed.offset() < 0) return;
    if (!is_new && !positions_[*index].is_placed) {
        places_.emplace_back(topic(), listed.vgroup(), listed.offset());
        logs_.push_back({listed.begin(), listed.end(), 0});
        return;
    }
    if (is_new) {
        const std::int64_t start = std::max(listed.offset(), listed.begin());
        placed_.emplace_back(topic(), listed.vgroup(), start);
        assigned_.push_back(placed_.back());
        return;
    }
    standing_.emplace_back(topic(), listed.vgroup());
    begins_.push_back(listed.begin());
    if (!positions_[*index].is_assigned) assigned_.emplace_back(topic(), listed.vgroup(), positions_[*index].next.value_or(-1));
}

void placement::look_for_missing(std::span<const assigned_vgroup> listed, time_point now) {
    for (std::size_t i = 0; i < positions_.size(); ++i) {
        const vgroup_position& in = positions_[i];
        if (in.topic != topic() || (!in.is_placed && !in.next)) continue;
        const bool is_listed = std::any_of(listed.begin(), listed.end(), [&in](const assigned_vgroup& one) { return one.vgroup() == in.vgroup; });
        if (is_listed) continue;
        if (!in.is_awaited || now >= await_until_)
            revoked_.push_back(i);
        else
            is_unsettled_ = true;
    }
}

void placement::on_committed(const failure& refused, std::span<const std::int64_t> offsets, time_point now) {
    if (is_elsewhere(refused) || is_passing(refused)) return ask_again(now);
    if (refused) return fail(refused);
    for (std::size_t i = 0; i < places_.size(); ++i) {
        topic_partition& place = places_[i];
        log& in_log = logs_[i];
        const vgroup_position& in = positions_[*positions_.find(place.topic(), place.vgroup())];
        const std::int64_t stopped = in.next.value_or(in_log.begin);
        const bool is_own = offsets[i] == in.committed || offsets[i] == in.tried;
        // Another member that has got further has committed that.
        in_log.wanted = offsets[i] > stopped && offsets[i] <= in_log.end && !is_own ? offsets[i] : stopped;
        // A log that ends before what was read is another one: all of it is new.
        const bool is_there = in_log.wanted >= in_log.begin && in_log.wanted <= in_log.end;
        place.offset(is_there ? in_log.wanted : in_log.begin);
    }
    next_seek();
}

void placement::on_seek(const failure& refused, time_point now) {
    if (refused.code == make_server_error(server_code::offset_out_of_range) && ++tries_ < max_late_seeks) {
        step_ = step::assignment;
        return;
    }
    if (is_passing(refused)) return ask_again(now);
    if (refused && !is_elsewhere(refused)) return fail(refused);
    if (refused)
        is_unsettled_ = true;
    else
        settle();
    places_.pop_back();
    logs_.pop_back();
    next_seek();
}

/// The server reads target() from there on.
void placement::settle() {
    const std::int64_t wanted = logs_.back().wanted;
    if (wanted != target().offset()) lost_.push_back({target().topic(), target().vgroup(), wanted, target().offset()});
    const bool is_told = positions_[*positions_.find(target().topic(), target().vgroup())].is_assigned;
    (is_told ? resumed_ : assigned_).push_back(target());
    placed_.push_back(target());
}

}  // namespace tmq
