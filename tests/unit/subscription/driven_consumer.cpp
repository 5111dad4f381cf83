#include "driven_consumer.hpp"

#include "protocol/server_codes.hpp"
#include "support/message_builder.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace tmq::test {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds slice{500};
constexpr milliseconds read_ahead_slice{10};
constexpr milliseconds quick_look{200};
constexpr milliseconds patience_at_join{2'000};
constexpr milliseconds end_of_awaiting{17'000};

bool is_hopeless(const base::failure& why) {
    return why.code.category() == server_category() && !is_retriable(why.code) && why.code != make_server_error(protocol::server_code::adapter);
}

/// A message without blocks, which ends at `until`.
std::vector<std::uint8_t> raw_message(std::int64_t from, std::int64_t until) {
    static const byte_builder empty = build_message(message_spec());
    std::vector<std::uint8_t> bytes = empty.bytes();
    std::memcpy(bytes.data() + empty.at("request_offset") + 1, &from, sizeof(from));
    std::memcpy(bytes.data() + empty.at("response_offset") + 1, &until, sizeof(until));
    return bytes;
}

}  // namespace

driven_consumer::driven_consumer(model_server& server, const config& settings)
    : server_(server),
      settings_(settings),
      positions_(settings.acknowledge()),
      ready_(std::max<std::size_t>(1, settings.prefetch())),
      backoff_(settings, 1) {}

bool driven_consumer::subscribe() {
    backoff_.succeeded();
    backoff_.next(server_.now());
    for (;;) {
        base::failure why = connect_and_join();
        if (!why && !server_.is_connected()) why = base::failure(errc::connection_lost);
        if (!why) break;
        drop_connection();
        tell_disconnected(why);
        const auto wait = settings_.reconnect_at_start() && !is_hopeless(why) ? backoff_.next(server_.now()) : std::nullopt;
        if (!wait) {
            why_ = why;
            return false;
        }
        events.push_back({.kind = told::what::reconnecting, .vgroups = {}, .wait = *wait, .attempt = backoff_.attempt() - 1, .why = {}});
        server_.sleep_until(server_.now() + *wait);
    }
    is_subscribed_ = true;
    service_ = service::joined;
    backoff_.succeeded();
    next_commit_ = server_.now() + settings_.auto_commit_interval();
    return true;
}

driven_consumer::result driven_consumer::poll(message& out, milliseconds timeout) {
    const time_point deadline = server_.now() + timeout;
    ahead_rests_ = false;
    positions_.finish_delivered();
    for (;;) {
        if (!ready_.empty()) {
            const message& ready = ready_.front();
            positions_.delivered(ready.topic(), ready.vgroup(), ready.next_offset());
            ready_.pop(out);
            return result::message;
        }
        if (poll_failure_) {
            why_ = std::exchange(poll_failure_, base::failure());
            return result::error;
        }
        if (!is_subscribed_) return result::error;
        if (server_.now() >= deadline) return result::nothing;
        supervise();
        if (ready_.empty()) pump();
    }
}

void driven_consumer::work_ahead(int requests) {
    for (int i = 0; i < requests && is_subscribed_ && !poll_failure_; ++i) {
        supervise();
        if (!ready_.full() && !ahead_rests_) pump();
    }
}

base::failure driven_consumer::seek(const topic_partition& target) {
    if (!is_joined()) return base::failure(errc::connection_lost);
    const base::failure why = server_.seek(target);
    if (why && why.code.category() != server_category()) lose_link(why);
    if (why) return why;
    const message* const coming = fetcher_.announced();
    if (coming != nullptr && coming->topic() == target.topic() && coming->vgroup() == target.vgroup()) fetcher_.discard();
    ready_.drop(target.topic(), target.vgroup());
    positions_.sought(target.topic(), target.vgroup(), target.offset(), has_polled_);
    ahead_rests_ = false;
    return base::failure();
}

void driven_consumer::close() {
    positions_.finish_delivered();
    commit_now_ = true;
    if (is_subscribed_) supervise();
    if (is_subscribed_ && positions_.has_to_commit()) {
        commit_now_ = true;
        supervise();
    }
}

void driven_consumer::supervise() {
    while (is_subscribed_) {
        if (service_ != service::joined) {
            if (const base::failure why = rejoin()) lose_subscription(why);
        } else if (needs_placement_ || look_soon_ || server_.now() >= next_look_) {
            // What was announced is fetched before anything is found out about its vgroup.
            while (is_joined() && fetcher_.next() == subscription::message_fetcher::step::fetch) fetch();
            if (is_joined()) look();
        } else if (commit_now_ || server_.now() >= next_commit_) {
            commit_finished();
        } else {
            return;
        }
    }
}

void driven_consumer::pump() {
    if (!is_joined()) return;
    if (fetcher_.next() == subscription::message_fetcher::step::fetch) return fetch();
    if (fetcher_.next() == subscription::message_fetcher::step::poll && !needs_placement_) poll_server();
}

void driven_consumer::poll_server() {
    std::optional<model_server::announced_message> found;
    fetcher_.sent();
    has_polled_ = true;
    const base::failure refused = server_.poll(fetcher_.message_id(), ready_.empty() ? slice : read_ahead_slice, found);
    if (refused && refused.code.category() != server_category()) {
        fetcher_.on_no_reply();
        return lose_link(refused);
    }
    protocol::reply reply;
    reply.what = protocol::action::poll;
    reply.code = refused ? static_cast<std::uint32_t>(refused.code.value()) : 0;
    reply.has_have_message = true;
    if (found) {
        reply.have_message = reply.has_vgroup = reply.has_offset = true;
        reply.topic = model_server::topic;
        reply.vgroup = found->vgroup;
        reply.message_type = 1;
        reply.message_id = found->id;
        reply.offset = found->from;
    }
    const base::failure why = fetcher_.on_poll_reply(reply);
    if (protocol::server_code::needs_new_subscription(why.code)) return lose_link(why);
    if (why) return wake(why);
    const message* const coming = fetcher_.announced();
    if (coming == nullptr) {
        ahead_rests_ = true;
        backoff_.succeeded();
        return;
    }
    const subscription::arrival what = positions_.announced(coming->topic(), coming->vgroup(), coming->offset(), false);
    const std::size_t position = *positions_.find(coming->topic(), coming->vgroup());
    if (what == subscription::arrival::misplaced) {
        misplace(position);
        fetcher_.discard();
    } else if (what == subscription::arrival::stale) {
        fetcher_.discard();
    } else if (what == subscription::arrival::unproven) {
        fetcher_.verify();
    } else if (!positions_[position].is_assigned) {
        look_soon_ = true;
    }
}

void driven_consumer::misplace(std::size_t position) {
    ready_.drop(positions_[position].topic, positions_[position].vgroup);
    positions_.displaced(position);
    needs_placement_ = true;
}

void driven_consumer::verify() {
    fetcher_.sent();
    const std::size_t position = *positions_.find(fetcher_.announced()->topic(), fetcher_.announced()->vgroup());
    std::vector<std::int64_t> offsets;
    std::vector<topic_partition> places;
    places.emplace_back(fetcher_.announced()->topic(), fetcher_.announced()->vgroup());
    const base::failure refused = server_.position(places, offsets);
    if (refused && refused.code.category() != server_category()) return lose_link(refused);
    protocol::reply reply;
    reply.what = protocol::action::position;
    reply.code = refused ? static_cast<std::uint32_t>(refused.code.value()) : 0;
    reply.has_position = !refused;
    reply.position = offsets;
    fetcher_.on_fetch_text(reply);
    if (fetcher_.next() != subscription::message_fetcher::step::prove) return;
    const subscription::arrival what = fetcher_.position() ? positions_.prove(position, fetcher_.announced()->offset(), false, *fetcher_.position())
                                                           : subscription::arrival::misplaced;
    if (what == subscription::arrival::expected) return fetcher_.proceed();
    if (what == subscription::arrival::misplaced) misplace(position);
    fetcher_.discard();
}

void driven_consumer::fetch() {
    if (fetcher_.fetch_action() == protocol::action::position) return verify();
    model_server::announced_message found;
    fetcher_.sent();
    const base::failure refused = server_.fetch(fetcher_.message_id(), found);
    if (refused && refused.code.category() != server_category()) {
        fetcher_.on_no_reply();
        return lose_link(refused);
    }
    wire::fetch_reply reply;
    reply.code = refused ? static_cast<std::uint32_t>(refused.code.value()) : 0;
    detail::byte_buffer memory;
    if (!refused) {
        const std::vector<std::uint8_t> bytes = raw_message(found.from, found.until);
        memory.grow(bytes.size(), 0);
        std::memcpy(memory.data(), bytes.data(), bytes.size());
        reply.message_id = found.id;
        reply.raw_type = 2;
        reply.raw = {memory.data(), bytes.size()};
    }
    const base::failure why = fetcher_.on_fetch_reply(reply, [&memory](detail::byte_buffer& into) { swap(memory, into); });
    if (protocol::server_code::needs_new_subscription(why.code)) return lose_link(why);
    if (why) return wake(why);
    const message& read = *fetcher_.announced();
    positions_.read(read.topic(), read.vgroup(), read.next_offset());
    fetcher_.take(ready_.room());
    ready_.pushed(server_.now());
    backoff_.succeeded();
}

void driven_consumer::lose_link(const base::failure& why) {
    if (service_ != service::joined) return;
    service_ = service::down;
    link_loss_ = why;
    fetcher_.discard();
    ready_.clear();
    positions_.all_displaced();
}

void driven_consumer::lose_subscription(const base::failure& why) {
    is_subscribed_ = false;
    why_ = why;
    fetcher_.discard();
    ready_.clear();
    tell_disconnected(why);
}

void driven_consumer::tell_disconnected(const base::failure& why) {
    if (std::exchange(is_told_connected_, false)) events.push_back({.kind = told::what::disconnected, .vgroups = {}, .why = why});
}

base::failure driven_consumer::rejoin() {
    base::failure why = link_loss_;
    drop_connection();
    tell_disconnected(why);
    for (;;) {
        const auto wait = backoff_.next(server_.now());
        if (!wait) return why;
        events.push_back({.kind = told::what::reconnecting, .vgroups = {}, .wait = *wait, .attempt = backoff_.attempt(), .why = {}});
        server_.sleep_until(server_.now() + *wait);
        service_ = service::joining;
        why = connect_and_join();
        if (!why && !server_.is_connected()) why = base::failure(errc::connection_lost);
        if (!why) break;
        service_ = service::down;
        positions_.all_displaced();
        drop_connection();
        tell_disconnected(why);
        if (is_hopeless(why)) return why;
    }
    service_ = service::joined;
    ahead_rests_ = needs_placement_ = false;
    return base::failure();
}

base::failure driven_consumer::connect_and_join() {
    if (base::failure why = server_.open()) return why;
    if (base::failure why = server_.version()) return why;
    fetcher_.reset(fetch_mode::raw_data);
    is_told_connected_ = true;
    events.push_back({.kind = told::what::connected, .vgroups = {}, .why = {}});
    has_polled_ = false;
    if (base::failure why = server_.subscribe()) return why;
    await_until_ = server_.now() + end_of_awaiting;
    subscription::placement::circumstances around;
    around.patience = server_.now() + patience_at_join;
    around.await_until = await_until_;
    subscription::placement plan(positions_, topics_, around);
    base::failure why = place(plan);
    if (!why) report(plan);
    return why;
}

base::failure driven_consumer::place(subscription::placement& plan) {
    while (plan.next() != subscription::placement::step::done && plan.next() != subscription::placement::step::failed) {
        if (plan.next() == subscription::placement::step::assignment) {
            std::vector<assigned_vgroup> listed;
            const base::failure why = server_.assignment(listed);
            plan.on_assignment(why, listed, server_.now());
        } else if (plan.next() == subscription::placement::step::position) {
            std::vector<std::int64_t> offsets;
            const base::failure why = server_.position(plan.asked(), offsets);
            plan.on_position(why, offsets, server_.now());
        } else if (plan.next() == subscription::placement::step::committed) {
            std::vector<std::int64_t> offsets;
            const base::failure why = server_.committed(plan.asked(), offsets);
            plan.on_committed(why, offsets, server_.now());
        } else if (plan.next() == subscription::placement::step::seek) {
            const base::failure why = server_.seek(plan.target());
            plan.on_seek(why, server_.now());
        } else {
            server_.sleep_until(plan.again_at());
            plan.on_waited();
        }
    }
    return plan.why();
}

void driven_consumer::report(subscription::placement& plan) {
    std::vector<topic_partition> revoked;
    for (const std::size_t index : plan.revoked()) {
        const topic_partition at(positions_[index].topic, positions_[index].vgroup, positions_[index].next.value_or(-1));
        if (const auto finished = positions_[index].to_commit) {
            topic_partition last = at;
            if (const base::failure why = send_commit(last.offset(*finished)))
                events.push_back({.kind = told::what::commit_failed, .vgroups = {last}, .why = why});
        }
        ready_.drop(at.topic(), at.vgroup());
        positions_.lost(index);
        revoked.push_back(at);
    }
    if (!plan.assigned().empty()) find_committed(plan.assigned());
    for (const subscription::lost_rows& one : plan.lost())
        events.push_back(
            {.kind = told::what::lost, .vgroups = {{one.topic, one.vgroup, one.until}}, .from = one.from, .until = one.until, .why = {}});
    if (!plan.lost().empty()) wake(base::failure(errc::data_lost));
    if (!revoked.empty()) events.push_back({.kind = told::what::revoked, .vgroups = revoked, .why = {}});
    if (!plan.assigned().empty()) events.push_back({.kind = told::what::assigned, .vgroups = plan.assigned(), .why = {}});
    if (!plan.resumed().empty()) events.push_back({.kind = told::what::resumed, .vgroups = plan.resumed(), .why = {}});
    next_look_ = server_.now() + (plan.is_unsettled() ? quick_look : settings_.assignment_interval());
    look_soon_ = false;
}

void driven_consumer::find_committed(const std::vector<topic_partition>& assigned) {
    std::vector<std::int64_t> offsets;
    const base::failure refused = server_.committed(assigned, offsets);
    for (std::size_t i = 0; !refused && i < assigned.size(); ++i) {
        const auto index = positions_.find(assigned[i].topic(), assigned[i].vgroup());
        if (index && offsets[i] >= 0) positions_.found_committed(*index, offsets[i]);
    }
}

void driven_consumer::look() {
    needs_placement_ = false;
    subscription::placement::circumstances around;
    around.patience = server_.now();
    around.await_until = await_until_;
    around.may_advance = fetcher_.announced() == nullptr;
    around.has_polled = has_polled_;
    subscription::placement plan(positions_, topics_, around);
    if (const base::failure why = place(plan))
        lose_link(why);
    else
        report(plan);
}

void driven_consumer::commit_finished() {
    next_commit_ = server_.now() + settings_.auto_commit_interval();
    std::vector<topic_partition> targets;
    for (std::size_t i = 0; i < positions_.size(); ++i)
        if (positions_[i].to_commit && positions_[i].is_placed)
            targets.emplace_back(positions_[i].topic, positions_[i].vgroup, *positions_[i].to_commit);
    leave_out_overtaken(targets);
    if (service_ != service::joined) return;
    for (const topic_partition& target : targets) {
        const base::failure why = send_commit(target);
        if (service_ != service::joined) return;
        if (why) events.push_back({.kind = told::what::commit_failed, .vgroups = {target}, .why = why});
    }
    commit_now_ = false;
}

void driven_consumer::leave_out_overtaken(std::vector<topic_partition>& targets) {
    if (targets.empty()) return;
    std::vector<std::int64_t> offsets;
    if (const base::failure why = server_.committed(targets, offsets)) {
        if (why.code.category() != server_category()) lose_link(why);
        return;
    }
    for (std::size_t i = targets.size(); i-- > 0;) {
        const std::size_t index = *positions_.find(targets[i].topic(), targets[i].vgroup());
        if (positions_.is_own_commit(index, offsets[i]) || offsets[i] <= targets[i].offset()) continue;
        positions_.overtaken(index, offsets[i]);
        targets.erase(targets.begin() + static_cast<std::ptrdiff_t>(i));
    }
}

base::failure driven_consumer::send_commit(const topic_partition& at) {
    const std::optional<std::size_t> position = positions_.find(at.topic(), at.vgroup());
    positions_.trying(*position, at.offset());
    const base::failure why = server_.commit_offset(at);
    if (!why) {
        positions_.committed(*position, at.offset());
    } else if (why.code.category() != server_category()) {
        lose_link(why);
    } else if (why.code == make_server_error(protocol::server_code::foreign_vgroup)) {
        positions_.refused(*position);
        look_soon_ = true;
    }
    return why;
}

}  // namespace tmq::test
