// Duties of a subscription that ask the server: placements, their settlements, and background commits.
#include "subscription/refusal.hpp"
#include "subscription/subscription.hpp"

#include <algorithm>
#include <cassert>
#include <span>
#include <utility>

namespace tmq::subscription {
namespace {

failure too_few_offsets(protocol::action action) {
    return failure(defect_code::reply_malformed, "as many offsets as partitions are due")
        .name_request(to_string(action), 0);
}

}  // namespace

void subscription::begin_placement(time_point patience_end, bool may_advance) {
    placement::circumstances conditions;
    conditions.patience_end = patience_end;
    conditions.await_end = await_end_;
    conditions.may_advance = may_advance;
    conditions.has_polled = reader_.has_polled();
    conditions.needs_commit = settings_.start_at() == offset_reset::none;
    conditions.asks_application = asks_for_starts_;
    placement_.emplace(positions_, topics_, conditions);
    duty_ = duty::placing;
}

std::optional<task> subscription::next_of_placement(time_point now) {
    switch (placement_->next()) {
        case placement::step::assignment: return ask({protocol::action::assignment, placement_->topic()});
        case placement::step::position: return ask({protocol::action::position, placement_->asked()});
        case placement::step::committed: return ask({protocol::action::committed, placement_->asked()});
        case placement::step::seek: return ask({protocol::action::seek, placement_->target()});
        case placement::step::start: is_asking_ = true; return task{task_kind::start, {}};
        case placement::step::wait:
            if (now < placement_->again_at()) return task{task_kind::sleep, placement_->again_at()};
            placement_->on_waited();
            return std::nullopt;
        default: end_placement(now); return std::nullopt;
    }
}

void subscription::answer_placement(const answer& reply, time_point now) {
    const bool has_offsets =
        request_.action == protocol::action::position || request_.action == protocol::action::committed;
    if (has_offsets && !reply.refused && reply.offsets.size() != request_.partitions.size()) {
        const failure why = too_few_offsets(request_.action);
        if (link_ == link::placing) return fail_attempt(why, true, now);
        return recovers_from(why) ? lose_link(why, now) : end(why);
    }
    switch (request_.action) {
        case protocol::action::assignment:
            return placement_->on_assignment(reply.refused, reply.assignment, now);
        case protocol::action::position: return placement_->on_position(reply.refused, reply.offsets, now);
        case protocol::action::committed: return placement_->on_committed(reply.refused, reply.offsets, now);
        default: return placement_->on_seek(reply.refused, now);
    }
}

void subscription::started(const failure& refused, std::span<const partition_offset> named) {
    // The link was lost, or the subscription ended, before the answer got here.
    if (!std::exchange(is_asking_, false)) return;
    assert(duty_ == duty::placing && placement_->next() == placement::step::start);
    placement_->on_start(refused, named);
}

void subscription::end_placement(time_point now) {
    const failure why = placement_->why();
    if (why && link_ == link::placing) return fail_attempt(why, true, now);
    if (why && recovers_from(why)) return lose_link(why, now);
    // Otherwise only the next poll would find out, and the application may be waiting for a commit.
    if (link_ == link::up && watch_.is_evicted(placement_->is_mismatched(), now) && settings_.reconnect())
        return lose_link(failure(server_errc::consumer_mismatch, "no member of the group for too long"), now);
    begin_settling();
}

void subscription::begin_settling() {
    settlement_.emplace(*placement_, positions_, settings_.auto_commit());
    duty_ = duty::settling;
}

std::optional<task> subscription::next_of_settling(time_point now) {
    if (auto question = settlement_->next()) return ask(std::move(*question));
    const bool is_first = link_ == link::placing;
    finish_settling(now);
    if (is_first) activate_link(now);
    return std::nullopt;
}

void subscription::answer_settling(const answer& reply) {
    const std::optional<partition_offset> last = settlement_->take_commit();
    if (!last)
        return settlement_->on_committed(reply.refused ? std::span<const std::int64_t>() : reply.offsets);
    const auto index = positions_.find(last->topic(), last->vgroup());
    const failure why = note_commit(index, last->offset(), reply.refused);
    if (why) add_event(events::commit_failed(*last, error_of(why)));
}

void subscription::give_up(const std::vector<partition_offset>& revoked) {
    for (const partition_offset& vgroup : revoked) {
        reader_.drop(vgroup.topic(), vgroup.vgroup());
        const auto index = positions_.find(vgroup.topic(), vgroup.vgroup());
        assert(index);
        positions_.lost(*index);
    }
}

/// Applies the placement. After a loss of the link the last commits that were not sent are not made.
void subscription::finish_settling(time_point now) {
    assert(duty_ == duty::settling && placement_ && settlement_);
    give_up(settlement_->revoked());
    report_losses();
    if (!settlement_->revoked().empty()) add_event(events::revoked(settlement_->revoked()));
    if (!placement_->assigned().empty()) add_event(events::assigned(placement_->assigned()));
    if (!placement_->resumed().empty()) add_event(events::resumed(placement_->resumed()));
    if (placement_->has_backlog()) reader_.found_backlog();
    watch_.checked(now, placement_->is_unsettled());
    clear_duty();
    has_attention_ = true;
}

void subscription::report_losses() {
    std::string text;
    for (const lost_rows& rows : placement_->lost()) {
        if (!text.empty()) text += "; ";
        text += "topic " + rows.topic + ", vgroup " + std::to_string(rows.vgroup) + ", offsets " +
                std::to_string(rows.begin) + " to " + std::to_string(rows.end);
        add_event(events::data_lost(topic_partition(rows.topic, rows.vgroup), rows.begin, rows.end));
    }
    if (!text.empty()) fail_poll(failure(make_error_code(errc::data_lost), text));
}

/// Compares each commit of a round first with what the group has committed. The vgroup may have moved to
/// another member and back, unnoticed, since the application processed the messages, and that member's commit
/// must not be undone.
std::optional<task> subscription::next_of_round(time_point now) {
    if (round_.targets.empty()) {
        end_round(true, now);
        return std::nullopt;
    }
    partition_offset target = round_.targets.back();
    if (duty_ == duty::comparing) return ask({protocol::action::committed, target});
    if (duty_ == duty::bulk) return ask(request());
    if (const auto index = positions_.find(target.topic(), target.vgroup())) {
        target.set_offset(positions_.commit_target(*index, target.offset()));
        positions_.trying(*index, target.offset());
    }
    return ask({protocol::action::commit_offset, target});
}

void subscription::answer_comparison(const answer& reply, time_point now) {
    const partition_offset& target = round_.targets.back();
    const auto index = positions_.find(target.topic(), target.vgroup());
    duty_ = duty::committing;
    // A server that does not say what is committed refuses the commit as well.
    if (reply.refused || reply.offsets.size() != 1 || !index) return;
    const std::int64_t committed = reply.offsets[0];
    if (positions_.is_own_commit(*index, committed) || committed <= target.offset()) return;
    positions_.overtaken(*index, committed);
    end_commit(failure(), now);
}

void subscription::answer_commit(const failure& refused, time_point now) {
    const partition_offset& target = round_.targets.back();
    const auto index = positions_.find(target.topic(), target.vgroup());
    if (duty_ == duty::bulk) {
        if (!refused && index)
            positions_.committed(*index, positions_.commit_target(*index, target.offset()));
        return end_commit(refused ? std::exchange(round_.refusal, failure()) : failure(), now);
    }
    failure why = note_commit(index, request_.partitions[0].offset(), refused);
    if (!may_commit_in_bulk(why, index, commits_.tries())) return end_commit(why, now);
    round_.refusal = std::move(why);
    duty_ = duty::gathering;
}

void subscription::end_commit(const failure& why, time_point now) {
    const partition_offset target = std::move(round_.targets.back());
    round_.targets.pop_back();
    duty_ = duty::comparing;
    const auto index = positions_.find(target.topic(), target.vgroup());
    const bool may_pass = why && classify_refusal(why, index) != verdict::fail;
    if (may_pass && commits_.may_retry(now, settings_.request_timeout())) return;
    if (why) give_up_commit(index, why);
    const bool has_handler = commits_.finish(target, why, completions_);
    if (why && !has_handler) add_event(events::commit_failed(target, error_of(why)));
}

void subscription::end_round(bool is_complete, time_point now) {
    if (commits_.end(is_complete, now)) watch_.hint();
    round_ = {};
    duty_ = duty::none;
    has_attention_ = true;
}

}  // namespace tmq::subscription
