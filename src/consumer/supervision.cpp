// What goes on by itself while a consumer is subscribed: the connection is made again, vgroups are noticed when they come or go, and what the
// application has finished is committed. One coroutine for each subscription does all of it, one thing at a time.
#include "consumer/consumer_impl.hpp"
#include "consumer/reply_wait.hpp"
#include "protocol/server_codes.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace tmq {
namespace {

/// Between two looks while vgroups are missing.
constexpr std::chrono::milliseconds quick_look{200};

/// The server's, when the configuration leaves it to the server.
constexpr std::chrono::milliseconds default_session_timeout = std::chrono::seconds(12);

/// What the server may need beyond the session timeout to divide the vgroups again.
constexpr std::chrono::milliseconds time_to_rebalance = std::chrono::seconds(5);

/// A member that is refused for longer is none.
constexpr std::chrono::milliseconds longest_rebalance = std::chrono::seconds(10);

base::failure too_few_offsets(protocol::action what) {
    return base::failure(make_error_code(errc::reply_malformed), "as many offsets as partitions are due").of(to_string(what), 0);
}

}  // namespace

bool consumer::impl::is_hopeless(const base::failure& why) {
    // What taosAdapter says by itself may be that its server is down.
    if (why.code.category() == server_category()) return !is_retriable(why.code) && why.code != make_server_error(protocol::server_code::adapter);
    return why.code == errc::certificate_refused || why.code == errc::tls_settings || why.code == errc::message_too_big;
}

bool consumer::impl::recovers_from(const base::failure& why) const {
    return settings_.reconnect() && state_ == state::subscribed && why.code != errc::message_too_big && why.code != errc::closed &&
           why.code != errc::cancelled;
}

asio::awaitable<void> consumer::impl::supervise(std::shared_ptr<impl> self, std::uint64_t generation) {
    try {
        while (generation == self->generation_ && self->state_ == state::subscribed) {
            const net::time_point now = std::chrono::steady_clock::now();
            if (now >= self->next_commit_ && !self->positions_.has_to_commit()) self->next_commit_ = now + self->settings_.auto_commit_interval();
            if (self->service_ != service::joined) {
                const base::failure why = co_await self->rejoin(generation);
                if (why && generation == self->generation_) self->lose_subscription(why);
            } else if (self->is_look_due(now)) {
                co_await self->look(generation);
            } else if (self->is_commit_due(now)) {
                const bool with_finished = self->settings_.auto_commit() && (self->commit_now_ || now >= self->next_commit_);
                co_await self->commit_finished(generation, with_finished);
            } else {
                self->supervisor_.expires_at(self->next_duty());
                co_await self->supervisor_.async_wait(net::nothrow);
            }
        }
    } catch (const std::exception& unexpected) {
        if (generation == self->generation_) self->lose_subscription(base::failure_of(unexpected));
    }
}

void consumer::impl::lose_link(const base::failure& why) {
    if (service_ != service::joined) return;
    service_ = service::down;
    link_loss_ = why;
    if (session_ != nullptr) session_->abandon(this);
    // What was read ahead comes again: delivery goes on behind the last message that was taken.
    fetcher_.discard();
    ready_.clear();
    positions_.all_displaced();
    if (settings_.snapshot().value_or(false)) positions_.all_lost();
    // What the server says against the rules may not pass by itself, so the application learns of it.
    if (kind_of(why.code) == error_kind::protocol) wake_poll(why);
    progress_.cancel();
    supervisor_.cancel();
}

asio::awaitable<base::failure> consumer::impl::rejoin(std::uint64_t generation) {
    base::failure why = link_loss_;
    drop_connection(why);
    for (;;) {
        const auto wait = backoff_.next(std::chrono::steady_clock::now());
        if (!wait) co_return why;
        environment_->log.write(log_level::info, "attempt {} to connect again, in {} ms", backoff_.attempt(), wait->count());
        tell(event(event_kind::reconnecting).attempt(backoff_.attempt()).wait(*wait));
        co_await sleep_until(generation, std::chrono::steady_clock::now() + *wait);
        if (generation != generation_) co_return base::failure();
        service_ = service::joining;
        positions_.all_displaced();
        why = co_await connect_and_join(generation, topics_);
        if (generation != generation_) co_return base::failure();
        if (!why && !is_connected()) why = base::failure(errc::connection_lost);
        if (!why) break;
        service_ = service::down;
        drop_connection(why);
        environment_->log.write(log_level::warning, "not connected again: {} {}", why.code.message(), why.context);
        if (is_hopeless(why)) co_return why;
    }
    service_ = service::joined;
    joined_at_ = std::chrono::steady_clock::now();
    ++environment_->counters.reconnects;
    needs_placement_ = false;
    mismatched_since_.reset();
    progress_.cancel();
    send_unsent();
    pump();
    co_return base::failure();
}

void consumer::impl::send_unsent() {
    pending_commands waiting;
    waiting.swap(unsent_);
    while (!waiting.empty()) {
        pending_command& next = waiting.front();
        waiting.pop_front();
        next.send();
    }
}

void consumer::impl::fail_unsent(const base::failure& why) {
    pending_commands waiting;
    waiting.swap(unsent_);
    while (!waiting.empty()) {
        pending_command& next = waiting.front();
        waiting.pop_front();
        next.fail(why);
    }
    for (asked_commit& one : std::exchange(asked_commits_, {}))
        if (one.done) call_handler(std::move(one.done), why.code);
}

void consumer::impl::call_handler(commit_handler handler, boost::system::error_code code) noexcept {
    try {
        asio::post(executor_, [self = shared_from_this(), handler = std::move(handler), code] {
            try {
                handler(code);
            } catch (...) {
                self->environment_->log.write(log_level::error, "the handler of a commit threw");
            }
        });
    } catch (const std::bad_alloc&) {
        // Without memory for its turn the handler is never called. The destructor, which may get here, cannot throw.
    }
}

asio::awaitable<void> consumer::impl::sleep_until(std::uint64_t generation, net::time_point until) {
    while (generation == generation_ && std::chrono::steady_clock::now() < until) {
        supervisor_.expires_at(until);
        co_await supervisor_.async_wait(net::nothrow);
    }
}

/// Carries out what a placement asks for.
asio::awaitable<base::failure> consumer::impl::place(subscription::placement& plan) {
    const std::shared_ptr<net::session> over = session_;
    const std::uint64_t generation = generation_;
    while (plan.next() != subscription::placement::step::done && plan.next() != subscription::placement::step::failed) {
        if (plan.next() == subscription::placement::step::assignment) {
            client::assignment_wait asked(over, executor_);
            over->request(protocol::action::assignment, &asked, settings_.poll_slice(),
                          [&plan](protocol::text_buffer& out, std::uint64_t id) { protocol::write_assignment(out, id, plan.topic()); });
            co_await asked.wait();
            if (!over->is_open()) break;
            plan.on_assignment(asked.why(), asked.value, std::chrono::steady_clock::now());
        } else if (plan.next() == subscription::placement::step::position) {
            client::position_wait asked(over, executor_);
            over->request(protocol::action::position, &asked, settings_.poll_slice(),
                          [&plan](protocol::text_buffer& out, std::uint64_t id) { protocol::write_position(out, id, plan.asked()); });
            co_await asked.wait();
            if (!over->is_open()) break;
            if (!asked.why() && asked.value.size() != plan.asked().size()) co_return too_few_offsets(protocol::action::position);
            plan.on_position(asked.why(), asked.value, std::chrono::steady_clock::now());
        } else if (plan.next() == subscription::placement::step::committed) {
            client::committed_wait asked(over, executor_);
            over->request(protocol::action::committed, &asked, settings_.poll_slice(),
                          [&plan](protocol::text_buffer& out, std::uint64_t id) { protocol::write_committed(out, id, plan.asked()); });
            co_await asked.wait();
            if (!over->is_open()) break;
            if (!asked.why() && asked.value.size() != plan.asked().size()) co_return too_few_offsets(protocol::action::committed);
            plan.on_committed(asked.why(), asked.value, std::chrono::steady_clock::now());
        } else if (plan.next() == subscription::placement::step::seek) {
            client::plain_wait asked(over, executor_);
            const topic_partition& target = plan.target();
            over->request(protocol::action::seek, &asked, settings_.poll_slice(), [&target](protocol::text_buffer& out, std::uint64_t id) {
                protocol::write_seek(out, id, target.topic(), target.vgroup(), target.offset());
            });
            co_await asked.wait();
            if (!over->is_open()) break;
            plan.on_seek(asked.why(), std::chrono::steady_clock::now());
        } else {
            co_await sleep_until(generation, plan.again_at());
            plan.on_waited();
        }
        if (generation != generation_) co_return base::failure(errc::cancelled);
    }
    // What the server said last, on a connection that is gone since, does not count.
    if (generation != generation_) co_return base::failure(errc::cancelled);
    if (!over->is_open()) co_return over->ended_by();
    co_return plan.why();
}

/// Tells what a placement has found, and gives up what is not this consumer's any more.
asio::awaitable<void> consumer::impl::report(std::uint64_t generation, subscription::placement& plan) {
    std::vector<topic_partition> revoked;
    for (const std::size_t index : plan.revoked()) {
        const topic_partition at(positions_[index].topic, positions_[index].vgroup, positions_[index].next.value_or(-1));
        const std::optional<std::int64_t> finished = positions_[index].to_commit;
        if (finished && settings_.auto_commit()) {
            topic_partition last = at;
            const base::failure why = co_await send_commit(generation, last.offset(*finished));
            if (generation != generation_) co_return;
            if (why) tell(event(event_kind::commit_failed).vgroups({last}).reason(base::error_of(why)));
        }
        ready_.drop(at.topic(), at.vgroup());
        const message* const announced = fetcher_.announced();
        if (announced != nullptr && announced->vgroup() == at.vgroup() && announced->topic() == at.topic()) fetcher_.discard();
        positions_.lost(index);
        revoked.push_back(at);
    }
    std::string lost;
    for (const subscription::lost_rows& one : plan.lost()) {
        lost += fmt::format("{}topic {}, vgroup {}, offsets {} to {}", lost.empty() ? "" : "; ", one.topic, one.vgroup, one.from, one.until);
        environment_->log.write(log_level::error, "rows lost: topic {}, vgroup {}, offsets {} to {}", one.topic, one.vgroup, one.from, one.until);
        std::vector<topic_partition> where;
        where.emplace_back(one.topic, one.vgroup, one.until);
        tell(event(event_kind::data_lost).vgroups(std::move(where)).lost(one.from, one.until));
    }
    if (!plan.assigned().empty() && is_connected()) {
        // What the group has committed until now is not what another member commits from now on.
        client::committed_wait asked(session_, executor_);
        session_->request(protocol::action::committed, &asked, settings_.poll_slice(),
                          [&plan](protocol::text_buffer& out, std::uint64_t id) { protocol::write_committed(out, id, plan.assigned()); });
        co_await asked.wait();
        if (generation != generation_) co_return;
        for (std::size_t i = 0; !asked.why() && i < std::min(asked.value.size(), plan.assigned().size()); ++i) {
            const auto index = positions_.find(plan.assigned()[i].topic(), plan.assigned()[i].vgroup());
            if (index && asked.value[i] >= 0) positions_.found_committed(*index, asked.value[i]);
        }
    }
    if (!lost.empty()) wake_poll(base::failure(make_error_code(errc::data_lost), lost));
    if (!revoked.empty()) tell(event(event_kind::revoked).vgroups(std::move(revoked)));
    if (!plan.assigned().empty()) tell(event(event_kind::assigned).vgroups(plan.assigned()));
    if (!plan.resumed().empty()) tell(event(event_kind::resumed).vgroups(plan.resumed()));
    const net::time_point now = std::chrono::steady_clock::now();
    last_look_ = now;
    is_unsettled_ = plan.is_unsettled();
    next_look_ = is_unsettled_                                  ? now + quick_look
                 : settings_.assignment_interval().count() == 0 ? net::time_point::max()
                                                                : now + settings_.assignment_interval();
    look_soon_ = false;
    ++looks_;
    if (plan.has_backlog()) pace_.found_backlog();
    progress_.cancel();
}

subscription::placement::circumstances consumer::impl::circumstances(net::time_point patience) const {
    subscription::placement::circumstances around;
    around.patience = patience;
    around.await_until = await_until_;
    around.has_polled = has_polled_;
    around.needs_commit = settings_.start_at() == offset_reset::none;
    return around;
}

/// Looks which vgroups have come or gone.
asio::awaitable<void> consumer::impl::look(std::uint64_t generation) {
    const loop_hold hold(*this);
    struct moving {
        explicit moving(impl& owner) noexcept : owner_(owner) { owner_.is_moving_ = true; }
        ~moving() {
            owner_.is_moving_ = false;
            owner_.progress_.cancel();
        }
        impl& owner_;
    };
    const moving guard(*this);
    const base::failure gone = co_await loop_at_rest(true);
    if (gone || generation != generation_ || service_ != service::joined) co_return;
    needs_placement_ = false;
    subscription::placement::circumstances around = circumstances(std::chrono::steady_clock::now());
    around.may_advance = fetcher_.announced() == nullptr;
    subscription::placement plan(positions_, topics_, around);
    const base::failure why = co_await place(plan);
    if (generation != generation_ || service_ != service::joined) co_return;
    if (why && recovers_from(why)) co_return lose_link(why);
    const net::time_point now = std::chrono::steady_clock::now();
    if (!plan.is_mismatched())
        mismatched_since_.reset();
    else if (!mismatched_since_)
        mismatched_since_ = now;
    // Nothing but the next poll would find out that it was put out of the group, and the application may be waiting for a commit.
    if (mismatched_since_ && now - *mismatched_since_ >= longest_rebalance && settings_.reconnect())
        co_return lose_link(base::failure(make_server_error(protocol::server_code::consumer_mismatch), "no member of the group for too long"));
    co_await report(generation, plan);
}

/// Snapshots have no places in a log.
bool consumer::impl::keeps_places() const { return !settings_.snapshot().value_or(false); }

/// Hints may come with every message, so they cause no more than five looks a second.
bool consumer::impl::is_look_due(net::time_point now) const {
    if (holds_ != 0 || is_leaving_ || !keeps_places()) return false;
    if (needs_placement_ || (look_soon_ && now >= last_look_ + quick_look)) return true;
    return now >= next_look_ && (is_unsettled_ || (last_poll_ && *last_poll_ >= last_look_));
}

bool consumer::impl::is_commit_due(net::time_point now) const {
    if (now < commits_wait_) return false;
    const auto is_ready = [this](const asked_commit& one) { return !waits(one); };
    return commit_now_ || (settings_.auto_commit() && now >= next_commit_) || std::any_of(asked_commits_.begin(), asked_commits_.end(), is_ready);
}

/// When there is something to do unless somebody wakes the supervisor before.
net::time_point consumer::impl::next_duty() const {
    const net::time_point now = std::chrono::steady_clock::now();
    net::time_point next = settings_.auto_commit() ? next_commit_ : net::time_point::max();
    // Commits that the server has refused for a while wait for their next try.
    if (now < commits_wait_) next = std::max(now, commits_wait_);
    if (holds_ != 0 || is_leaving_ || !keeps_places()) return next;
    if (look_soon_) return std::min(next, last_look_ + quick_look);
    // Nobody looks while nobody reads: the next poll wakes the supervisor when a look is due.
    return next_look_ > now || is_unsettled_ ? std::min(next, next_look_) : next;
}

/// The server gives vgroups of a connection that it has not seen end away when the session timeout is over.
net::time_point consumer::impl::end_of_awaiting() const {
    const milliseconds timeout = settings_.session_timeout().count() != 0 ? settings_.session_timeout() : default_session_timeout;
    return std::chrono::steady_clock::now() + timeout + time_to_rebalance;
}

/// Commits what was asked for with commit_async and, `with_finished`, all that the application has finished: one request for each vgroup.
asio::awaitable<void> consumer::impl::commit_finished(std::uint64_t generation, bool with_finished) {
    next_commit_ = std::chrono::steady_clock::now() + settings_.auto_commit_interval();
    std::vector<topic_partition> targets;
    const auto add = [&targets](const std::string& topic, std::int32_t vgroup, std::int64_t offset) {
        for (topic_partition& one : targets)
            if (one.vgroup() == vgroup && one.topic() == topic) return void(one.offset(std::max(one.offset(), offset)));
        targets.emplace_back(topic, vgroup, offset);
    };
    for (const asked_commit& one : asked_commits_)
        if (!waits(one)) add(one.at.topic(), one.at.vgroup(), one.at.offset());
    for (std::size_t i = 0; with_finished && i < positions_.size(); ++i)
        if (positions_[i].to_commit && !positions_[i].is_awaited) add(positions_[i].topic, positions_[i].vgroup, *positions_[i].to_commit);

    struct committing {
        explicit committing(impl& owner) noexcept : owner_(owner) { owner_.is_committing_ = true; }
        ~committing() {
            owner_.is_committing_ = false;
            owner_.poll_wait_.post();
            owner_.progress_.cancel();
        }
        impl& owner_;
    };
    const committing guard(*this);
    const bool is_last = std::exchange(commit_now_, false);
    std::optional<milliseconds> pause;
    for (const topic_partition& target : targets) {
        const bool is_overtaken = co_await overtaken(generation, target);
        if (generation != generation_) co_return;
        base::failure why;
        if (!is_overtaken && service_ == service::joined) why = co_await send_commit(generation, target);
        if (generation != generation_) co_return;
        if (service_ != service::joined) {
            // They are tried again on the next connection.
            commit_now_ = commit_now_ || is_last;
            co_return;
        }
        const std::optional<std::size_t> position = positions_.find(target.topic(), target.vgroup());
        if (why && may_pass(why, position)) {
            if (!pause) pause = commit_tries_.next(std::chrono::steady_clock::now(), settings_.request_timeout());
            if (pause) continue;
        }
        if (why && position) give_up_commit(*position, why);
        if (!answer_asked(target, why.code) && why) {
            environment_->log.write(log_level::warning, "not committed: topic {}, vgroup {}, offset {}: {}", target.topic(), target.vgroup(),
                                    target.offset(), why.code.message());
            tell(event(event_kind::commit_failed).vgroups({target}).reason(base::error_of(why)));
        }
    }
    if (!pause) {
        commit_tries_ = subscription::retry_schedule();
        co_return;
    }
    commits_wait_ = std::chrono::steady_clock::now() + *pause;
    commit_now_ = commit_now_ || is_last;
    look_soon_ = true;
    next_commit_ = commits_wait_;
}

/// Calls the handlers of what was asked for and `done` covers; whether there were any.
bool consumer::impl::answer_asked(const topic_partition& done, const boost::system::error_code& code) {
    bool has_handler = false;
    std::erase_if(asked_commits_, [&](asked_commit& one) {
        if (one.at.topic() != done.topic() || one.at.vgroup() != done.vgroup() || one.at.offset() > done.offset()) return false;
        has_handler = has_handler || one.done != nullptr;
        if (one.done) call_handler(std::move(one.done), code);
        return true;
    });
    return has_handler;
}

/// Whether another member has committed more. A vgroup may have moved to it and back again, unnoticed, since the application finished what is to be
/// committed, and that member's commit must not be taken back.
asio::awaitable<bool> consumer::impl::overtaken(std::uint64_t generation, topic_partition at) {
    std::vector<topic_partition> places;
    places.push_back(at);
    client::committed_wait asked(session_, executor_);
    session_->request(protocol::action::committed, &asked, settings_.poll_slice(),
                      [&places](protocol::text_buffer& out, std::uint64_t id) { protocol::write_committed(out, id, places); });
    co_await asked.wait();
    // Where the server does not tell, it refuses the commit as well.
    const auto index = positions_.find(at.topic(), at.vgroup());
    if (asked.why() || asked.value.size() != 1 || generation != generation_ || !index) co_return false;
    const std::int64_t committed = asked.value[0];
    if (positions_.is_own_commit(*index, committed) || committed <= at.offset()) co_return false;
    positions_.overtaken(*index, committed);
    co_return true;
}

/// Whether its vgroup has to come back first.
bool consumer::impl::waits(const asked_commit& one) const { return is_awaited(generation_, positions_.find(one.at.topic(), one.at.vgroup())); }

asio::awaitable<base::failure> consumer::impl::send_commit(std::uint64_t generation, topic_partition at) {
    const std::optional<std::size_t> position = positions_.find(at.topic(), at.vgroup());
    if (position) {
        at.offset(positions_.commit_target(*position, at.offset()));
        positions_.trying(*position, at.offset());
    }
    client::plain_wait done(session_, executor_);
    session_->request(protocol::action::commit_offset, &done, settings_.poll_slice(), [&at](protocol::text_buffer& out, std::uint64_t id) {
        protocol::write_commit_offset(out, id, at.topic(), at.vgroup(), at.offset());
    });
    co_await done.wait();
    base::failure why = note_commit(generation, position, at.offset(), done.why());
    const bool may_be_bulk = position && why.code == make_server_error(protocol::server_code::not_initialised) && commit_tries_.count() != 0;
    if (may_be_bulk && co_await commit_in_bulk(generation, *position, at.offset())) why = base::failure();
    co_return why;
}

/// Before this consumer leaves: commits by itself what the application has finished, for which it waits no longer than until `deadline`.
asio::awaitable<void> consumer::impl::last_commit(net::time_point deadline) {
    positions_.finish_delivered();
    const bool has_any = !asked_commits_.empty() || (settings_.auto_commit() && positions_.has_to_commit());
    if (state_ != state::subscribed || !has_any) co_return;
    const std::uint64_t generation = generation_;
    struct leaving {
        explicit leaving(impl& owner) noexcept : owner_(owner) { owner_.is_leaving_ = owner_.commit_now_ = true; }
        ~leaving() { owner_.is_leaving_ = owner_.commit_now_ = false; }
        impl& owner_;
    };
    const leaving guard(*this);
    poll_wait_.post();
    supervisor_.cancel();
    asio::steady_timer patience(executor_, deadline);
    patience.async_wait([self = shared_from_this()](boost::system::error_code ec) {
        if (!ec) self->progress_.cancel();
    });
    while (generation == generation_ && (commit_now_ || is_committing_) && state_ == state::subscribed &&
           std::chrono::steady_clock::now() < deadline) {
        co_await progress_.async_wait(net::nothrow);
        const asio::cancellation_state cancellation = co_await asio::this_coro::cancellation_state;
        if (cancellation.cancelled() != asio::cancellation_type::none) break;
    }
}

}  // namespace tmq
