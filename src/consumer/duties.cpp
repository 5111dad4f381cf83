// Carries out the duties of the subscription, one at a time: connections, subscriptions, and questions to the
// server.
#include "config/exposure.hpp"
#include "config/secrets.hpp"
#include "consumer/consumer_impl.hpp"
#include "protocol/explain.hpp"
#include "protocol/subscribe_settings.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

#include <utility>

namespace tmq {

using subscription::task_kind;

/// Carries out the duties until the subscription has ended. The coroutine of subscribe() carries out its
/// start.
asio::awaitable<void> consumer::impl::run_duties(std::shared_ptr<impl> self, std::uint64_t generation) {
    try {
        co_await self->run(generation, false);
    } catch (const std::exception& unexpected) {
        if (generation == self->generation_) self->core_.end(base::failure_of(unexpected));
    }
    if (generation != self->generation_) co_return;
    const base::failure why = self->core_.ended_by();
    self->drop_connection(why);
    self->end_operations(why);
}

asio::awaitable<void> consumer::impl::run(std::uint64_t generation, bool until_active) {
    while (generation == generation_) {
        apply_effects();
        const std::uint64_t changes = changes_;
        const subscription::task next = core_.next(std::chrono::steady_clock::now());
        apply_effects();
        if (next.kind == task_kind::end || (until_active && core_.is_active())) co_return;
        if (is_member()) {
            requests_.send_waiting();
            send_next_read();
        }
        // A duty may have become due since.
        if (next.kind == task_kind::sleep && changes != changes_) continue;
        // Frequent tasks are carried out here, without a coroutine frame of their own.
        if (next.kind == task_kind::sleep) {
            duty_.expires_at(next.due);
            co_await duty_.async_wait(net::nothrow);
        } else if (next.kind == task_kind::ask) {
            client::question asked(requests_, client::subject(core_.asked()), client::lost_link::fail);
            while (!asked.is_done()) {
                co_await asked.signal();
                const asio::cancellation_state cancellation = co_await asio::this_coro::cancellation_state;
                if (cancellation.cancelled() != asio::cancellation_type::none) asked.cancel();
            }
            if (generation == generation_)
                core_.answered(std::move(asked.answer), std::chrono::steady_clock::now());
        } else {
            co_await carry_out(next, generation);
        }
    }
}

asio::awaitable<void> consumer::impl::carry_out(subscription::task next, std::uint64_t generation) {
    switch (next.kind) {
        case task_kind::disconnect:
            drop_connection(core_.disconnect_reason());
            core_.disconnected();
            break;
        case task_kind::connect: co_await connect(generation); break;
        case task_kind::join: co_await join(generation); break;
        case task_kind::rest: co_await rest(generation); break;
        case task_kind::start: co_await ask_for_starts(generation); break;
        default: break;
    }
}

/// True if the subscription has ended during the current duty.
bool consumer::impl::is_over(std::uint64_t generation) const {
    return generation != generation_ || core_.state() == subscription::subscription::stage::idle;
}

/// Asks the application for the credentials of the next connection.
asio::awaitable<base::failure> consumer::impl::renew_credentials() {
    const login_reason reason = core_.is_active() ? login_reason::reconnect : login_reason::subscribe;
    config& settings = environment_->settings;
    base::failure why;
    try {
        // A copy: the application may replace the provider meanwhile.
        credentials_provider provider = provider_;
        const credentials login = co_await provider(reason);
        // Only one of them is sent.
        settings.cloud_token({}).bearer_token({});
        switch (login.type()) {
            case credentials::kind::password: settings.credentials(login.user(), login.secret()); break;
            case credentials::kind::cloud_token: settings.cloud_token(login.secret()); break;
            case credentials::kind::bearer_token: settings.bearer_token(login.secret()); break;
        }
    } catch (...) {
        why = base::hook_failure(std::current_exception());
    }
    co_return why;
}

asio::awaitable<void> consumer::impl::connect(std::uint64_t generation) {
    if (provider_) {
        base::failure why = co_await renew_credentials();
        if (is_over(generation)) co_return;
        if (why) {
            note_failure(why);
            co_return core_.connect_failed(why, false, std::chrono::steady_clock::now());
        }
    }
    session_ =
        std::make_shared<net::session>(executor_, environment_, static_cast<net::session_observer*>(this));
    const std::shared_ptr<net::session> link = session_;
    base::failure why = co_await link->open();
    if (is_over(generation)) co_return;
    const std::string_view warning =
        why ? std::string_view() : settings::login_warning(settings_, link->peer());
    if (!warning.empty())
        environment_->log.write(log_level::warning, "{}:{}: {}", link->peer().host(), link->peer().port(),
                                warning);
    if (!why) {
        client::question version(requests_, client::subject(protocol::action::version),
                                 client::lost_link::fail);
        co_await version.wait_for_reply();
        if (is_over(generation)) co_return;
        why = version.why();
        settings::hide_secrets(version.version, settings_);
        if (!why) board_.server_version(server_version_ = version.version);
    }
    if (!why) co_return core_.connected(server_version_, link->peer());
    note_failure(why);
    if (core_.is_active())
        environment_->log.write(log_level::warning, "not connected again: {}", base::text_of(why));
    core_.connect_failed(why, link->has_transport(), std::chrono::steady_clock::now());
}

asio::awaitable<void> consumer::impl::join(std::uint64_t generation) {
    const protocol::subscribe_settings settings(settings_);
    const protocol::subscribe_request request = settings.request(core_.topics());
    client::subject subscription(protocol::action::subscribe);
    subscription.subscription = &request;
    client::question joined(requests_, subscription, client::lost_link::fail);
    co_await joined.wait_for_reply();
    if (is_over(generation)) co_return;
    base::failure why = joined.why();
    if (settings_.list_instances())
        for (const endpoint& instance : joined.instances)
            environment_->endpoints.add(instance);
    if (why.code.category() == server_category())
        why.context = protocol::explain_refused_subscribe(static_cast<std::uint32_t>(why.code.value()),
                                                          why.server_message);
    if (!why) co_return core_.joined(std::chrono::steady_clock::now());
    note_failure(why);
    if (core_.is_active())
        environment_->log.write(log_level::warning, "not subscribed again: {}", base::text_of(why));
    core_.join_refused(why, std::chrono::steady_clock::now());
}

/// Waits until neither a poll nor a fetch is in progress.
asio::awaitable<void> consumer::impl::rest(std::uint64_t generation) {
    while (generation == generation_ && core_.is_resting()) {
        send_next_read();
        // A poll or fetch that could not be sent has ended the rest.
        if (!core_.is_resting()) break;
        if (!core_.reader().is_waiting() && !session_->has_poll())
            co_return core_.rested(std::chrono::steady_clock::now());
        co_await progress_.async_wait(net::nothrow);
    }
}

/// Asks the application where the vgroups that this consumer gains start.
asio::awaitable<void> consumer::impl::ask_for_starts(std::uint64_t generation) {
    std::vector<partition_offset> named;
    base::failure why;
    try {
        // A copy: the application may replace the hook meanwhile.
        start_hook hook = start_hook_;
        named = co_await hook(core_.gained());
    } catch (...) {
        why = base::hook_failure(std::current_exception());
    }
    if (is_over(generation)) co_return;
    if (why) note_failure(why);
    core_.started(why, named);
}

void consumer::impl::apply_effects() {
    if (!core_.is_up() && session_ != nullptr) session_->abandon(this);
    publish();
    if (core_.has_poll_failure()) gate_.wake();
    if (!core_.take_attention()) return;
    ++changes_;
    report_progress();
    duty_.cancel();
    progress_.cancel();
    gate_.wake();
}

void consumer::impl::publish() {
    if (core_.has_events()) {
        for (event& next : core_.take_events()) {
            log(next);
            board_.note(next, std::chrono::steady_clock::now());
            events_->add(std::move(next));
        }
    }
    if (!core_.has_completions()) return;
    for (subscription::commit_queue::completion& outcome : core_.take_completions())
        call_handler(std::move(outcome));
}

void consumer::impl::log(const event& logged) const {
    const auto& log = environment_->log;
    if (const auto* const next = std::get_if<events::reconnecting>(&logged))
        log.write(log_level::info, "attempt {} to connect again, in {} ms", next->attempt,
                  next->wait.count());
    else if (const auto* const lost = std::get_if<events::data_lost>(&logged))
        log.write(log_level::error, "rows lost: topic {}, vgroup {}, offsets {} to {}",
                  lost->partition.topic(), lost->partition.vgroup(), lost->first, lost->end);
    else if (const auto* const failed = std::get_if<events::commit_failed>(&logged))
        log.write(log_level::warning, "not committed: topic {}, vgroup {}, offset {}: {}",
                  failed->target.topic(), failed->target.vgroup(), failed->target.offset(),
                  failed->reason.code().message());
}

/// Posts the handler to the executor: it must not run inside the operation in progress.
void consumer::impl::call_handler(subscription::commit_queue::completion outcome) noexcept {
    try {
        asio::post(executor_, [shared = environment_, outcome = std::move(outcome)] {
            try {
                if (outcome.why)
                    outcome.done({boost::system::in_place_error, base::error_of(outcome.why)});
                else
                    outcome.done({});
            } catch (...) {
                shared->log.write(log_level::error, "the handler of a commit threw");
            }
        });
    } catch (const std::bad_alloc&) {
        // Without memory the handler is never called: the destructor, which may get here, cannot throw.
    }
}

void consumer::impl::on_session_failed(const base::failure& why) {
    if (core_.state() == subscription::subscription::stage::idle)
        core_.lost_idle(why);
    else if (core_.is_active() && !core_.recovers_from(why))
        return end_subscription(why);
    else
        core_.lose_link(why, std::chrono::steady_clock::now());
    apply_effects();
}

}  // namespace tmq
