// Life of a subscription: the connection and its loss, and the choice of the next duty.
#include "subscription/subscription.hpp"

#include "subscription/refusal.hpp"

#include <algorithm>
#include <cassert>

namespace tmq::subscription {
namespace {

using std::chrono::milliseconds;

/// Time that a first placement waits for a server that is still dividing the vgroups. Those not listed by
/// then are placed later.
constexpr milliseconds patience_at_join = std::chrono::seconds(2);

/// The server's defaults, if the configuration leaves them to the server.
constexpr milliseconds default_session_timeout = std::chrono::seconds(12);
constexpr milliseconds default_max_poll_interval = std::chrono::minutes(5);

/// Time that the server may need beyond the session timeout to divide the vgroups again.
constexpr milliseconds time_to_rebalance = std::chrono::seconds(5);

milliseconds or_default(milliseconds configured, milliseconds otherwise) {
    return configured.count() != 0 ? configured : otherwise;
}

}  // namespace

subscription::subscription(const config& settings, std::uint64_t seed)
    : settings_(settings),
      positions_(settings.acknowledge()),
      reader_(settings, positions_),
      watch_(settings),
      commits_(settings),
      reconnection_(settings, seed) {}

void subscription::start(std::vector<std::string> topics, bool is_connected, time_point now) {
    assert(stage_ == stage::idle && !is_asking_);
    topics_ = std::move(topics);
    positions_.clear();
    positions_.place_first(asks_for_starts_);
    reader_.reset();
    watch_.reset();
    commits_.reset(now);
    reconnection_.reset();
    stage_ = stage::starting;
    clear_duty();
    link_ = is_connected ? link::joining : link::connecting;
    ended_by_ = failure();
    is_leaving_ = false;
}

void subscription::end(const failure& why) {
    const bool was_active = std::exchange(stage_, stage::idle) == stage::active;
    link_ = link::down;
    clear_duty();
    ended_by_ = why;
    is_asking_ = is_leaving_ = false;
    reconnection_.stop();
    round_ = {};
    // Undelivered messages are dropped: their offsets are not committed.
    reader_.drop_all();
    if (why && was_active && !poll_failure_) poll_failure_ = why;
    commits_.fail_all(why ? why : failure(base::cancelled()), completions_);
    if (why) report_disconnection(why);
    has_attention_ = true;
}

failure subscription::take_start_failure() {
    return std::exchange(ended_by_, reconnection_.is_interrupted() ? reconnection_.loss() : failure());
}

void subscription::report_disconnection(const failure& why) {
    if (std::exchange(is_reported_connected_, false)) add_event(events::disconnected(error_of(why)));
}

void subscription::report_attempt(milliseconds wait) {
    add_event(events::reconnecting(reconnection_.attempt(), wait));
}

task subscription::next(time_point now) {
    assert(!is_asking_);
    for (;;) {
        std::optional<task> found;
        if (stage_ == stage::idle) return {};
        switch (link_) {
            case link::down: found = next_attempt(now); break;
            case link::connecting: return {task_kind::connect, {}};
            case link::joining: return {task_kind::join, {}};
            case link::placing:
            case link::up: found = next_of_duty(now); break;
        }
        if (found) return *found;
    }
}

std::optional<task> subscription::next_attempt(time_point now) {
    if (!reconnection_.is_scheduled()) {
        report_disconnection(reconnection_.loss());
        const auto wait = reconnection_.schedule(now);
        if (!wait) {
            end(failure(reconnection_.loss()));
            return std::nullopt;
        }
        report_attempt(*wait);
    }
    if (reconnection_.needs_disconnect()) return task{task_kind::disconnect, {}};
    if (now < reconnection_.attempt_at()) return task{task_kind::sleep, reconnection_.attempt_at()};
    reconnection_.begin_attempt();
    positions_.all_displaced();
    link_ = link::connecting;
    return std::nullopt;
}

void subscription::connected(std::string_view server_version, const endpoint& peer) {
    assert(link_ == link::connecting);
    reader_.connected(server_version);
    is_reported_connected_ = true;
    add_event(events::connected(peer));
    link_ = link::joining;
}

void subscription::connect_failed(const failure& why, bool had_transport, time_point now) {
    assert(link_ == link::connecting);
    fail_attempt(why, had_transport, now);
}

void subscription::join_refused(const failure& why, time_point now) {
    assert(link_ == link::joining);
    fail_attempt(why, true, now);
}

void subscription::joined(time_point now) {
    assert(link_ == link::joining);
    reader_.joined();
    if (!keeps_places()) return activate_link(now);
    // If the server has not seen the end of the old connection, it gives the vgroups away only after the
    // session timeout.
    await_end_ = now + or_default(settings_.session_timeout(), default_session_timeout) + time_to_rebalance;
    link_ = link::placing;
    begin_placement(now + patience_at_join, true);
}

void subscription::activate_link(time_point now) {
    if (reconnection_.is_interrupted()) return fail_attempt(failure(reconnection_.loss()), true, now);
    link_ = link::up;
    joined_at_ = now;
    watch_.reset_mismatch();
    reader_.placed();
    has_attention_ = true;
    if (stage_ == stage::active) {
        ++reconnections_;
        return;
    }
    stage_ = stage::active;
    reader_.forget_polls();
    reconnection_.succeeded();
    commits_.reset(now);
}

/// Handles a failed attempt to get a connection with a subscription.
void subscription::fail_attempt(const failure& why, bool had_transport, time_point now) {
    link_ = link::down;
    clear_duty();
    reconnection_.lost(why);
    report_disconnection(why);
    // Vgroups that this connection has placed keep their positions, with `latest` too.
    positions_.all_displaced();
    const auto wait = reconnection_.schedule_another(stage_ == stage::starting, had_transport, now);
    if (!wait) return end(failure(why));
    report_attempt(*wait);
}

bool subscription::recovers_from(const failure& why) const noexcept {
    return settings_.reconnect() && stage_ == stage::active && why.code != errc::message_too_big &&
           why.code != errc::closed && !base::is_cancellation(why);
}

void subscription::lose_link(const failure& why, time_point now) {
    if (link_ != link::up) {
        reconnection_.interrupted(why);
        return;
    }
    link_ = link::down;
    has_attention_ = true;
    reconnection_.lost(why);
    // A breach of the protocol may not pass by itself, so the application learns of it.
    if (kind_of(why.code) == error_kind::protocol) fail_poll(why);
    interrupt_duty(why, now);
    // Messages read ahead are delivered again: delivery resumes after the last message that was taken.
    reader_.drop_all();
    positions_.all_displaced();
    if (!keeps_places()) positions_.all_lost();
}

void subscription::interrupt_duty(const failure& why, time_point now) {
    is_asking_ = false;
    if (duty_ == duty::settling) {
        for (const partition_offset& last : settlement_->take_commits())
            add_event(events::commit_failed(last, error_of(why)));
        finish_settling(now);
    }
    if (is_committing()) end_round(false, now);
    clear_duty();
}

void subscription::clear_duty() noexcept {
    duty_ = duty::none;
    settlement_.reset();
    placement_.reset();
}

void subscription::answered(answer reply, time_point now) {
    // The link was lost, or the subscription ended, before the answer got here.
    if (!std::exchange(is_asking_, false)) return;
    if (reply.refused && !is_said_by_server(reply.refused)) {
        if (link_ == link::up)
            return recovers_from(reply.refused) ? lose_link(reply.refused, now) : end(reply.refused);
        interrupt_duty(reply.refused, now);
        return fail_attempt(reply.refused, true, now);
    }
    switch (duty_) {
        case duty::placing: return answer_placement(reply, now);
        case duty::settling: return answer_settling(reply);
        case duty::comparing: return answer_comparison(reply, now);
        case duty::committing:
        case duty::bulk: return answer_commit(reply.refused, now);
        default: assert(false);
    }
}

std::optional<task> subscription::next_of_duty(time_point now) {
    switch (duty_) {
        case duty::none: return choose_duty(now);
        case duty::resting:
        case duty::gathering: return task{task_kind::rest, {}};
        case duty::placing: return next_of_placement(now);
        case duty::settling: return next_of_settling(now);
        default: return next_of_round(now);
    }
}

std::optional<task> subscription::choose_duty(time_point now) {
    commits_.postpone_idle(positions_, now);
    if (is_check_due(now)) {
        duty_ = duty::resting;
    } else if (commits_.is_due(positions_, now)) {
        round_.targets = commits_.begin(positions_, now);
        std::reverse(round_.targets.begin(), round_.targets.end());
        duty_ = duty::comparing;
    } else {
        return task{task_kind::sleep, next_duty(now)};
    }
    return std::nullopt;
}

bool subscription::is_check_due(time_point now) const noexcept {
    if (holds_ != 0 || is_leaving_ || !keeps_places()) return false;
    return reader_.needs_placement() || watch_.is_due(now, reader_.last_poll());
}

subscription::time_point subscription::next_duty(time_point now) const noexcept {
    const time_point next = commits_.next_due(now);
    return holds_ != 0 || is_leaving_ || !keeps_places() ? next : std::min(next, watch_.next_due(now));
}

void subscription::rested(time_point now) {
    if (duty_ == duty::resting) {
        reader_.placed();
        begin_placement(now, reader_.announced() == nullptr);
    } else if (duty_ == duty::gathering) {
        const partition_offset& target = round_.targets.back();
        const auto index = positions_.find(target.topic(), target.vgroup());
        if (index && can_commit_in_bulk(*index, positions_.commit_target(*index, target.offset())))
            duty_ = duty::bulk;
        else
            end_commit(std::exchange(round_.refusal, failure()), now);
    }
}

void subscription::begin_poll(time_point now) {
    positions_.mark_processed();
    // By then the server has given the vgroups to other members, and the messages read ahead with them.
    const milliseconds interval = or_default(settings_.max_poll_interval(), default_max_poll_interval);
    const auto& last = reader_.last_poll();
    if (last && now - *last > interval && reader_.has_message() && is_up() && settings_.reconnect())
        lose_link(failure(server_errc::consumer_mismatch, "no poll for too long"), now);
    reader_.polled(now);
    if (watch_.is_due_with_poll(now)) has_attention_ = true;
}

std::optional<read_request> subscription::next_read(const waiting_poll& poll,
                                                    message_reader::connection_load load, time_point now) {
    if (link_ != link::up || is_leaving_ || poll_failure_) return std::nullopt;
    // The announced message is fetched before the server's positions are moved.
    if (duty_ == duty::resting) return reader_.next_fetch();
    if (holds_ != 0 || is_moving()) return std::nullopt;
    // A poll would delay the commits, since the server answers them only after it.
    if (is_committing()) return reader_.next_fetch();
    return reader_.next(poll, load, now);
}

defect_code subscription::on_poll_reply(const protocol::reply& reply, time_point received_at,
                                        time_point::duration shortest_round_trip) {
    const failure why = reader_.on_poll_reply(reply, topics_, received_at, shortest_round_trip);
    // A message that breaks every connection may follow after an empty poll or two.
    const bool is_empty = !why && !reply.have_message;
    if (is_empty && received_at - joined_at_ >= settings_.reconnect_interval()) reconnection_.succeeded();
    return handle_read_outcome(why, received_at);
}

defect_code subscription::on_fetch_reply(const protocol::reply& reply, time_point received_at) {
    return handle_read_outcome(reader_.on_fetch_reply(reply, received_at), received_at);
}

defect_code subscription::on_fetch_reply(const wire::fetch_reply& reply,
                                         const std::function<void(detail::byte_buffer&)>& take_payload,
                                         time_point received_at) {
    return handle_read_outcome(reader_.on_fetch_reply(reply, take_payload, received_at), received_at);
}

/// Returns why a reply breaks the protocol; any other failure is for the waiting poll.
defect_code subscription::handle_read_outcome(const failure& why, time_point received_at) {
    if (!why) {
        if (reader_.has_message()) reconnection_.succeeded();
        if (reader_.take_hint()) check_soon();
        has_attention_ = has_attention_ || reader_.needs_placement();
        return {};
    }
    if (why.code == errc::unexpected_reply) return why.defect;
    if ((is_forgotten(why) || reader_.is_refused_too_often()) && recovers_from(why))
        lose_link(why, received_at);
    else
        fail_poll(why);
    return {};
}

void subscription::on_no_reply(const failure& why) {
    reader_.on_no_reply();
    if (!recovers_from(why)) fail_poll(why);
}

void subscription::fail_poll(const failure& why) noexcept {
    if (!why) return;
    try {
        poll_failure_ = why;
    } catch (const std::bad_alloc&) {
        poll_failure_ = failure(make_error_code(boost::system::errc::not_enough_memory));
    }
}

void subscription::release() noexcept {
    assert(holds_ != 0);
    if (--holds_ == 0) has_attention_ = true;
}

}  // namespace tmq::subscription
