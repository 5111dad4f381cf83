#include "driven_consumer.hpp"

#include "model_replies.hpp"
#include "subscription/refusal.hpp"

#include <algorithm>
#include <utility>

namespace tmq::test {
namespace {

using subscription::task_kind;

}  // namespace

bool driven_consumer::subscribe() {
    core_.start({std::string(model_server::topic)}, false, server_.now());
    while (!core_.is_active()) {
        const subscription::task next = core_.next(server_.now());
        if (next.kind == task_kind::end) break;
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
            core_.reader().mark_delivered();
            core_.reader().pop(out);
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
            std::min({poll.deadline, next_duty, core_.reader().pause_end().value_or(poll.deadline)}));
    }
}

void driven_consumer::work_ahead(int requests) {
    for (int i = 0; i < requests && core_.is_active() && !core_.has_poll_failure(); ++i) {
        work();
        read({});
    }
}

void driven_consumer::acknowledge(const message& finished) {
    core_.places().acknowledge(*core_.places().find(finished.topic(), finished.vgroup()),
                               finished.next_offset().value());
}

base::failure driven_consumer::seek(const partition_offset& target) {
    if (!core_.is_up()) return base::failure(errc::connection_lost);
    const base::failure why = server_.seek(target);
    if (!why) core_.sought(target);
    if (why && !subscription::is_said_by_server(why)) lose_connection(why);
    return why;
}

void driven_consumer::close() {
    if (!core_.begin_leaving()) return;
    while (core_.is_active() && core_.has_to_leave()) {
        const subscription::task next = core_.next(server_.now());
        if (next.kind == task_kind::end) break;
        carry_out(next);
    }
    core_.end_leaving();
}

/// All duties that are due, and those that come of them. Returns when the next one is.
driven_consumer::time_point driven_consumer::work(const subscription::waiting_poll& poll) {
    for (;;) {
        const subscription::task next = core_.next(server_.now());
        const bool is_idle = next.kind == task_kind::sleep && core_.is_up() && !core_.is_moving();
        if (next.kind == task_kind::end || is_idle) return next.due;
        while (next.kind == task_kind::rest && read(poll)) {
        }
        carry_out(next);
    }
}

void driven_consumer::carry_out(const subscription::task& next) {
    switch (next.kind) {
        case task_kind::sleep: return server_.sleep_until(next.due);
        case task_kind::disconnect: server_.disconnect(); return core_.disconnected();
        case task_kind::connect: {
            base::failure why = server_.open();
            const bool had_transport = !why;
            if (!why) why = server_.version();
            if (!why) return core_.connected("3.3.6.0", endpoint("model", 6041));
            return core_.connect_failed(why, had_transport, server_.now());
        }
        case task_kind::join: {
            const base::failure why = server_.subscribe();
            return why ? core_.join_refused(why, server_.now()) : core_.joined(server_.now());
        }
        case task_kind::rest:
            if (core_.is_resting()) core_.rested(server_.now());
            return;
        case task_kind::start: {
            ASSERT_TRUE(hook_);
            const std::vector<partition_offset> named = hook_(core_.gained());
            return core_.started(hook_failure_, named);
        }
        default: {
            subscription::answer said = act(server_, core_.asked());
            core_.answered(std::move(said), server_.now());
        }
    }
}

bool driven_consumer::read(const subscription::waiting_poll& poll) {
    const auto next = core_.next_read(poll, {}, server_.now());
    if (!next) return false;
    const model_answer said = act(server_, *next, core_.reader().announced());
    if (said.refused && !subscription::is_said_by_server(said.refused)) {
        core_.on_no_reply(said.refused);
        lose_connection(said.refused);
    } else if (deliver(core_, *next, said, server_.now()) != base::defect_code{}) {
        lose_connection(base::failure(base::defect_code::reply_malformed));
    }
    return true;
}

void driven_consumer::lose_connection(const base::failure& why) {
    if (core_.recovers_from(why))
        core_.lose_link(why, server_.now());
    else
        core_.end(why);
}

}  // namespace tmq::test
