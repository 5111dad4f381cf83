// The duties of a subscription that ask the server: placements and what comes of them, and commits in the
// background.
#include "subscription/refusal.hpp"
#include "subscription/subscription.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace tmq::subscription {
namespace {

failure too_few_offsets(protocol::action action) {
    return failure(make_error_code(errc::reply_malformed), "as many offsets as partitions are due")
        .name_request(to_string(action), 0);
}

}  // namespace

void subscription::begin_placement(time_point patience, bool may_advance) {
    placement::circumstances around;
    around.patience = patience;
    around.await_until = await_until_;
    around.may_advance = may_advance;
    around.has_polled = reader_.has_polled();
    around.needs_commit = settings_.start_at() == offset_reset::none;
    placement_.emplace(positions_, topics_, around);
    duty_ = duty::placing;
}

std::optional<action> subscription::next_of_placement(time_point now) {
    switch (placement_->next()) {
        case placement::step::assignment: return ask({protocol::action::assignment, placement_->topic()});
        case placement::step::position: return ask({protocol::action::position, placement_->asked()});
        case placement::step::committed: return ask({protocol::action::committed, placement_->asked()});
        case placement::step::seek: return ask({protocol::action::seek, placement_->target()});
        case placement::step::wait:
            if (now < placement_->again_at()) return action{action::kind::sleep, placement_->again_at()};
            placement_->on_waited();
            return std::nullopt;
        default: end_placement(now); return std::nullopt;
    }
}

void subscription::answer_placement(const answer& said, time_point now) {
    const bool has_offsets =
        request_.action == protocol::action::position || request_.action == protocol::action::committed;
    if (has_offsets && !said.refused && said.offsets.size() != request_.partitions.size()) {
        const failure why = too_few_offsets(request_.action);
        if (link_ == link::placing) return fail_attempt(why, true, now);
        return recovers_from(why) ? lose_link(why, now) : end(why);
    }
    switch (request_.action) {
        case protocol::action::assignment:
            return placement_->on_assignment(said.refused, said.assignment, now);
        case protocol::action::position: return placement_->on_position(said.refused, said.offsets, now);
        case protocol::action::committed: return placement_->on_committed(said.refused, said.offsets, now);
        default: return placement_->on_seek(said.refused, now);
    }
}

void subscription::end_placement(time_point now) {
    const failure why = placement_->why();
    if (why && link_ == link::placing) return fail_attempt(why, true, now);
    if (why && recovers_from(why)) return lose_link(why, now);
    // Only the next poll would find out otherwise, and the application may be waiting for a commit.
    if (link_ == link::up && watch_.is_put_out(placement_->is_mismatched(), now) && settings_.reconnect())
        return lose_link(failure(make_server_error(protocol::server_code::consumer_mismatch),
                                 "no member of the group for too long"),
                         now);
    begin_settling();
}

/// The outcome of the placement is applied: revoked vgroups are committed for the last time and given up.
void subscription::begin_settling() {
    revoked_.clear();
    last_commits_.clear();
    for (const std::size_t index : placement_->revoked()) {
        const vgroup_position& vgroup = positions_[index];
        revoked_.emplace_back(vgroup.topic, vgroup.vgroup, vgroup.next.value_or(-1));
        if (vgroup.to_commit && settings_.auto_commit())
            last_commits_.emplace_back(vgroup.topic, vgroup.vgroup,
                                       positions_.commit_target(index, *vgroup.to_commit));
    }
    has_found_commits_ = placement_->assigned().empty();
    duty_ = duty::settling;
}

std::optional<action> subscription::next_of_settling(time_point now) {
    if (!last_commits_.empty()) {
        const topic_partition& last = last_commits_.back();
        positions_.trying(*positions_.find(last.topic(), last.vgroup()), last.offset());
        return ask({protocol::action::commit_offset, last});
    }
    // What the group has committed until now is not what another member commits from now on.
    if (!has_found_commits_) return ask({protocol::action::committed, placement_->assigned()});
    const bool is_first = link_ == link::placing;
    finish_settling(now);
    if (is_first) come_up(now);
    return std::nullopt;
}

void subscription::answer_settling(const answer& said) {
    if (!last_commits_.empty()) {
        const topic_partition last = std::move(last_commits_.back());
        last_commits_.pop_back();
        const failure why =
            note_commit(positions_.find(last.topic(), last.vgroup()), last.offset(), said.refused);
        if (why) add_event(event(event_kind::commit_failed).vgroups({last}).reason(error_of(why)));
        return;
    }
    has_found_commits_ = true;
    const std::vector<topic_partition>& assigned = placement_->assigned();
    for (std::size_t i = 0; !said.refused && i < std::min(said.offsets.size(), assigned.size()); ++i) {
        const auto index = positions_.find(assigned[i].topic(), assigned[i].vgroup());
        if (index && said.offsets[i] >= 0) positions_.found_committed(*index, said.offsets[i]);
    }
}

void subscription::drop_revoked() {
    for (const topic_partition& vgroup : revoked_) {
        reader_.drop(vgroup.topic(), vgroup.vgroup());
        const auto index = positions_.find(vgroup.topic(), vgroup.vgroup());
        assert(index);
        positions_.lost(*index);
    }
}

/// Also when the link is lost on the way: then the last commits that were not sent are not made.
void subscription::finish_settling(time_point now) {
    assert(duty_ == duty::settling && placement_);
    drop_revoked();
    report_losses();
    if (!revoked_.empty()) add_event(event(event_kind::revoked).vgroups(std::exchange(revoked_, {})));
    if (!placement_->assigned().empty())
        add_event(event(event_kind::assigned).vgroups(placement_->assigned()));
    if (!placement_->resumed().empty()) add_event(event(event_kind::resumed).vgroups(placement_->resumed()));
    if (placement_->has_backlog()) reader_.found_backlog();
    watch_.checked(now, placement_->is_unsettled());
    placement_.reset();
    duty_ = duty::none;
    has_attention_ = true;
}

void subscription::report_losses() {
    std::string text;
    for (const lost_rows& lost : placement_->lost()) {
        if (!text.empty()) text += "; ";
        text += "topic " + lost.topic + ", vgroup " + std::to_string(lost.vgroup) + ", offsets " +
                std::to_string(lost.from) + " to " + std::to_string(lost.until);
        std::vector<topic_partition> vgroup;
        vgroup.emplace_back(lost.topic, lost.vgroup, lost.until);
        add_event(event(event_kind::data_lost).vgroups(std::move(vgroup)).lost(lost.from, lost.until));
    }
    if (!text.empty()) fail_poll(failure(make_error_code(errc::data_lost), text));
}

/// Each commit of a round is compared first with what the group has committed: a vgroup may have moved to
/// another member and back, unnoticed, since the application has processed what is to be committed, and that
/// member's commit must not be taken back.
std::optional<action> subscription::next_of_round(time_point now) {
    if (round_.empty()) {
        end_round(true, now);
        return std::nullopt;
    }
    topic_partition target = round_.back();
    if (duty_ == duty::comparing) return ask({protocol::action::committed, target});
    if (duty_ == duty::bulk) return ask(request());
    if (const auto index = positions_.find(target.topic(), target.vgroup())) {
        target.offset(positions_.commit_target(*index, target.offset()));
        positions_.trying(*index, target.offset());
    }
    return ask({protocol::action::commit_offset, target});
}

void subscription::answer_comparison(const answer& said, time_point now) {
    const topic_partition& target = round_.back();
    const auto index = positions_.find(target.topic(), target.vgroup());
    duty_ = duty::committing;
    // Where the server does not say what is committed, it refuses the commit as well.
    if (said.refused || said.offsets.size() != 1 || !index) return;
    const std::int64_t committed = said.offsets[0];
    if (positions_.is_own_commit(*index, committed) || committed <= target.offset()) return;
    positions_.overtaken(*index, committed);
    end_commit(failure(), now);
}

void subscription::answer_commit(const failure& refused, time_point now) {
    const topic_partition& target = round_.back();
    const auto index = positions_.find(target.topic(), target.vgroup());
    if (duty_ == duty::bulk) {
        if (!refused && index)
            positions_.committed(*index, positions_.commit_target(*index, target.offset()));
        return end_commit(refused ? std::exchange(commit_refusal_, failure()) : failure(), now);
    }
    failure why = note_commit(index, request_.partitions[0].offset(), refused);
    if (!may_commit_in_bulk(why, index, commits_.tries())) return end_commit(why, now);
    commit_refusal_ = std::move(why);
    duty_ = duty::gathering;
}

void subscription::end_commit(const failure& why, time_point now) {
    const topic_partition target = std::move(round_.back());
    round_.pop_back();
    duty_ = duty::comparing;
    const auto index = positions_.find(target.topic(), target.vgroup());
    const bool may_pass = why && judge(why, index) != verdict::fail;
    if (may_pass && commits_.may_retry(now, settings_.request_timeout())) return;
    if (why) give_up_commit(index, why);
    const bool has_handler = commits_.finish(target, why.code, completions_);
    if (why && !has_handler)
        add_event(event(event_kind::commit_failed).vgroups({target}).reason(error_of(why)));
}

void subscription::end_round(bool is_complete, time_point now) {
    if (commits_.end(is_complete, now)) watch_.hint();
    round_.clear();
    duty_ = duty::none;
    has_attention_ = true;
}

}  // namespace tmq::subscription
