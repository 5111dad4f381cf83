#include "driven_consumer.hpp"

#include "subscription/refusal.hpp"
#include "support/message_builder.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace tmq::test {
namespace {

using action_kind = subscription::action::kind;

/// A message without blocks, which ends at `until`.
std::vector<std::uint8_t> raw_message(std::int64_t from, std::int64_t until) {
    static const byte_builder empty = build_message(message_spec());
    std::vector<std::uint8_t> bytes = empty.bytes();
    std::memcpy(bytes.data() + empty.at("request_offset") + 1, &from, sizeof(from));
    std::memcpy(bytes.data() + empty.at("response_offset") + 1, &until, sizeof(until));
    return bytes;
}

std::uint32_t code_of(const base::failure& refused) {
    return refused ? static_cast<std::uint32_t>(refused.code.value()) : 0;
}

}  // namespace

bool driven_consumer::subscribe() {
    core_.start({std::string(model_server::topic)}, false, server_.now());
    while (!core_.is_active()) {
        const subscription::action next = core_.next(server_.now());
        if (next.what == action_kind::end) break;
        carry_out(next);
    }
    why_ = core_.is_active() ? base::failure() : core_.take_start_failure();
    return core_.is_active();
}

driven_consumer::result driven_consumer::poll(message& out, std::chrono::milliseconds timeout) {
    subscription::waiting_poll poll{true, true, true, server_.now() + timeout};
    core_.begin_poll(server_.now());
    for (;; poll.is_unanswered = false) {
        if (core_.can_deliver()) {
            core_.deliver(out);
            return result::message;
        }
        if (core_.has_poll_failure()) {
            why_ = core_.take_poll_failure();
            return result::error;
        }
        if (!core_.is_active()) return result::error;
        if (server_.now() >= poll.deadline) return result::nothing;
        const auto next_duty = work(poll);
        if (!core_.is_active() || core_.can_deliver() || core_.has_poll_failure() || read(poll)) continue;
        server_.sleep_until(
            std::min({poll.deadline, next_duty, core_.reader().paused_until().value_or(poll.deadline)}));
    }
}

void driven_consumer::work_ahead(int requests) {
    for (int i = 0; i < requests && core_.is_active() && !core_.has_poll_failure(); ++i) {
        work();
        read({});
    }
}

void driven_consumer::acknowledge(const message& finished) {
    core_.places().finish(*core_.places().find(finished.topic(), finished.vgroup()), finished.next_offset());
}

base::failure driven_consumer::seek(const topic_partition& target) {
    if (!core_.is_up()) return base::failure(errc::connection_lost);
    const base::failure why = server_.seek(target);
    if (!why) core_.sought(target);
    if (why && !subscription::is_said_by_server(why)) lose_connection(why);
    return why;
}

void driven_consumer::close() {
    if (!core_.begin_leaving()) return;
    while (core_.is_active() && core_.has_to_leave()) {
        const subscription::action next = core_.next(server_.now());
        if (next.what == action_kind::end) break;
        carry_out(next);
    }
    core_.end_leaving();
}

/// All duties that are due, and those that come of them. Returns when the next one is.
driven_consumer::time_point driven_consumer::work(const subscription::waiting_poll& poll) {
    for (;;) {
        const subscription::action next = core_.next(server_.now());
        const bool is_idle = next.what == action_kind::sleep && core_.is_up() && !core_.is_moving();
        if (next.what == action_kind::end || is_idle) return next.until;
        while (next.what == action_kind::rest && read(poll)) {
        }
        carry_out(next);
    }
}

void driven_consumer::carry_out(const subscription::action& next) {
    switch (next.what) {
        case action_kind::sleep: return server_.sleep_until(next.until);
        case action_kind::disconnect: server_.disconnect(); return core_.disconnected();
        case action_kind::connect: {
            base::failure why = server_.open();
            const bool had_transport = !why;
            if (!why) why = server_.version();
            if (!why) return core_.connected("3.3.6.0", endpoint("model", 6041));
            return core_.connect_failed(why, had_transport, server_.now());
        }
        case action_kind::join: {
            const base::failure why = server_.subscribe();
            return why ? core_.join_refused(why, server_.now()) : core_.joined(server_.now());
        }
        case action_kind::rest:
            if (core_.is_resting()) core_.rested(server_.now());
            return;
        default: return ask();
    }
}

void driven_consumer::ask() {
    const subscription::request& asked = core_.asked();
    subscription::answer said;
    switch (asked.action) {
        case protocol::action::assignment: said.refused = server_.assignment(said.assignment); break;
        case protocol::action::position:
            said.refused = server_.position(asked.partitions, said.offsets);
            break;
        case protocol::action::committed:
            said.refused = server_.committed(asked.partitions, said.offsets);
            break;
        case protocol::action::seek: said.refused = server_.seek(asked.partitions[0]); break;
        case protocol::action::commit: said.refused = server_.commit(); break;
        default: said.refused = server_.commit_offset(asked.partitions[0]);
    }
    core_.answered(std::move(said), server_.now());
}

/// Sends the next request for messages; false: there is none.
bool driven_consumer::read(const subscription::waiting_poll& poll) {
    const auto next = core_.next_read(poll, {}, server_.now());
    if (next && send(*next) != errc{}) lose_connection(base::failure(errc::reply_malformed));
    return next.has_value();
}

errc driven_consumer::send(const subscription::read_request& next) {
    base::failure refused;
    std::optional<model_server::announced_message> found;
    protocol::reply reply;
    reply.what = next.action;
    if (next.action == protocol::action::poll) {
        refused = server_.poll(next.message_id, next.wait, found);
        reply.has_have_message = true;
        reply.have_message = reply.has_vgroup = reply.has_offset = found.has_value();
        reply.topic = model_server::topic;
        reply.message_type = 1;
        if (found) reply.vgroup = found->vgroup, reply.message_id = found->id, reply.offset = found->from;
    } else if (next.action == protocol::action::position) {
        const message& announced = *core_.reader().announced();
        std::vector<topic_partition> partitions;
        partitions.emplace_back(announced.topic(), announced.vgroup());
        refused = server_.position(partitions, reply.position);
        reply.has_position = !refused;
    } else {
        refused = server_.fetch(next.message_id, found.emplace());
    }
    if (refused && !subscription::is_said_by_server(refused)) {
        core_.on_no_reply(refused);
        lose_connection(refused);
        return {};
    }
    reply.code = code_of(refused);
    if (next.action == protocol::action::poll) return core_.on_poll_reply(reply, server_.now(), {});
    if (next.action == protocol::action::position) return core_.on_fetch_reply(reply, server_.now());
    wire::fetch_reply binary;
    binary.code = reply.code;
    detail::byte_buffer memory;
    if (!refused) {
        const std::vector<std::uint8_t> bytes = raw_message(found->from, found->until);
        memory.grow(bytes.size(), 0);
        std::memcpy(memory.data(), bytes.data(), bytes.size());
        binary.message_id = found->id;
        binary.raw_type = 2;
        binary.raw = {memory.data(), bytes.size()};
    }
    return core_.on_fetch_reply(
        binary, [&memory](detail::byte_buffer& into) { swap(memory, into); }, server_.now());
}

void driven_consumer::lose_connection(const base::failure& why) {
    if (core_.recovers_from(why))
        core_.lose_link(why, server_.now());
    else
        core_.end(why);
}

}  // namespace tmq::test
