#include "config/endpoint_list.hpp"
#include "config/secrets.hpp"
#include "consumer/consumer_impl.hpp"
#include "consumer/reply_wait.hpp"
#include "protocol/explain.hpp"
#include "protocol/subscribe_settings.hpp"
#include "subscription/fetch_choice.hpp"
#include "text/error_text.hpp"
#include "text/printable.hpp"
#include "text/utf8.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <new>
#include <span>
#include <utility>

namespace tmq {
namespace {

constexpr std::size_t max_topic_size = 192;

/// How long an attempt waits for a server that is still dividing the vgroups. Those it is not told of are put right later.
constexpr std::chrono::milliseconds patience_at_join = std::chrono::seconds(2);

struct version_wait : client::reply_wait {
    using reply_wait::reply_wait;
    bool accept(const protocol::reply& reply) override {
        version = text::printable(reply.version, 64);
        return true;
    }
    std::string version;
};

struct topics_wait : client::reply_wait {
    using reply_wait::reply_wait;
    bool accept(const protocol::reply& reply) override {
        topics.assign(reply.topics.begin(), reply.topics.end());
        return reply.has_topics;
    }
    std::vector<std::string> topics;
};

struct joined_wait final : client::reply_wait {
    using reply_wait::reply_wait;
    bool accept(const protocol::reply& reply) override {
        for (const std::string_view one : reply.list_instances)
            if (const auto address = settings::parse_endpoint(one)) instances.push_back(*address);
        return true;
    }
    std::vector<endpoint> instances;
};

}  // namespace

consumer::impl::impl(asio::any_io_executor executor, const config& settings)
    : executor_(executor),
      environment_(std::make_shared<net::environment>(settings)),
      settings_(environment_->settings),
      positions_(settings_.acknowledge()),
      ready_(std::max<std::size_t>(1, settings_.prefetch())),
      progress_(executor, net::time_point::max()),
      poll_wait_(executor),
      poll_timer_(executor),
      backoff_(settings_, environment_->seed),
      supervisor_(executor, net::time_point::max()) {}

asio::awaitable<base::failure> consumer::impl::connect() {
    session_ = std::make_shared<net::session>(executor_, environment_, static_cast<net::session_observer*>(this));
    const std::shared_ptr<net::session> link = session_;
    base::failure why = co_await link->open();
    if (why) co_return why;
    version_wait version(link, executor_);
    link->request(protocol::action::version, &version, milliseconds(0),
                  [](protocol::text_buffer& out, std::uint64_t id) { protocol::write_version(out, id); });
    co_await version.wait();
    if (version.why()) co_return version.why();
    settings::hide_secrets(version.version, settings_);
    server_version_ = version.version;
    fetcher_.reset(subscription::chosen_fetch(settings_.fetch_with(), server_version_), settings_.max_message_size());
    is_told_connected_ = true;
    tell(event(event_kind::connected).peer(link->peer()));
    co_return base::failure();
}

asio::awaitable<base::failure> consumer::impl::join(std::span<const std::string> topics) {
    const protocol::subscribe_settings settings(settings_);
    const protocol::subscribe_request request = settings.request(topics);
    const std::shared_ptr<net::session> link = session_;
    joined_wait joined(link, executor_);
    link->request(protocol::action::subscribe, &joined, milliseconds(0),
                  [&request](protocol::text_buffer& out, std::uint64_t id) { protocol::write_subscribe(out, id, request); });
    co_await joined.wait();
    base::failure why = joined.why();
    if (settings_.list_instances())
        for (const endpoint& one : joined.instances) environment_->endpoints.add(one);
    if (why.code.category() == server_category())
        why.context = protocol::explain_refused_subscribe(static_cast<std::uint32_t>(why.code.value()), why.server_message);
    co_return why;
}

asio::awaitable<base::failure> consumer::impl::connect_and_join(std::uint64_t generation, std::span<const std::string> topics) {
    if (!is_connected()) {
        base::failure why = co_await connect();
        if (why) co_return why;
        if (generation != generation_) co_return base::failure(errc::cancelled);
    }
    has_polled_ = false;
    silence_.clear();
    pace_.reset(!keeps_places());
    base::failure why = co_await join(topics);
    if (why || generation != generation_) co_return why;
    if (!keeps_places()) co_return base::failure();
    await_until_ = end_of_awaiting();
    subscription::placement plan(positions_, topics, circumstances(std::chrono::steady_clock::now() + patience_at_join));
    why = co_await place(plan);
    if (!why && generation == generation_) co_await report(generation, plan);
    co_return why;
}

/// What breaks the first connection after it stood, until the subscription is made: a server that restarts, a link that is bad. Everything else
/// shows a wrong setting sooner than it passes.
bool consumer::impl::breaks_half_way(const base::failure& why) const {
    if (!settings_.reconnect() || session_ == nullptr || !session_->has_transport()) return false;
    for (const errc one :
         {errc::connection_lost, errc::connection_closed, errc::handshake_timeout, errc::request_timeout, errc::write_timeout, errc::idle_timeout})
        if (why.code == one) return true;
    return false;
}

/// The first connection of a subscription, tried again where that may help.
asio::awaitable<base::failure> consumer::impl::start(std::uint64_t generation, std::span<const std::string> topics) {
    backoff_.succeeded();
    for (subscription::retry_schedule refusals;;) {
        base::failure why = co_await connect_and_join(generation, topics);
        if (!why && generation == generation_ && !is_connected()) why = base::failure(errc::connection_lost);
        if (!why || generation != generation_) co_return why;
        // What the first connection has placed stays where it is, with `latest` too.
        positions_.all_displaced();
        const net::time_point now = std::chrono::steady_clock::now();
        std::optional<milliseconds> wait;
        if (breaks_half_way(why) || (settings_.reconnect_at_start() && !is_hopeless(why)))
            wait = backoff_.next(now);
        else if (may_pass(why, std::nullopt))
            wait = refusals.next(now, settings_.request_timeout());
        if (!wait) co_return why;
        drop_connection(why);
        tell(event(event_kind::reconnecting).attempt(std::max(1U, backoff_.attempt())).wait(*wait));
        co_await sleep_until(generation, std::chrono::steady_clock::now() + *wait);
        if (generation != generation_) co_return base::failure(errc::cancelled);
    }
}

asio::awaitable<void> consumer::impl::subscribe(std::shared_ptr<impl> self, std::vector<std::string> topics) {
    if (self->state_ == state::closed) throw error(errc::closed);
    if (self->state_ == state::subscribing || self->state_ == state::unsubscribing) throw error(errc::operation_in_progress);
    if (self->state_ == state::subscribed) throw error(errc::already_subscribed);
    self->settings_.validate();
    if (topics.empty()) throw error(errc::invalid_argument, "no topic");
    for (const std::string& topic : topics) {
        if (topic.empty() || topic.size() > max_topic_size) throw error(errc::invalid_argument, "a topic must have 1 to 192 bytes");
        if (!text::is_valid_utf8(topic) || topic.find('\0') != std::string::npos)
            throw error(errc::invalid_argument, "a topic must be UTF-8 without NUL");
    }

    const std::uint64_t generation = ++self->generation_;
    self->state_ = state::subscribing;
    self->lost_ = base::failure();
    self->positions_.clear();
    self->next_look_ = net::time_point::max();
    self->look_soon_ = self->is_unsettled_ = false;
    if (!self->is_polling_) self->poll_failure_ = base::failure();
    base::failure why;
    try {
        why = co_await self->start(generation, topics);
    } catch (const boost::system::system_error& thrown) {
        // Asio throws this from an await that starts after the cancellation.
        why = thrown.code() == asio::error::operation_aborted ? base::failure(errc::cancelled) : base::failure(thrown.code());
    } catch (const std::exception& thrown) {
        why = base::failure_of(thrown);
    }
    if (generation != self->generation_) throw error(self->state_ == state::closed ? errc::closed : errc::cancelled);
    if (!why && !self->is_connected()) why = self->lost_;
    if (why) {
        // After a refusal the server may hold half a consumer; only a new connection starts clean.
        self->state_ = state::idle;
        self->drop_connection(why);
        self->environment_->log.write(log_level::error, "subscribe failed: {} {}", why.code.message(), why.context);
        base::throw_failure(why);
    }
    self->environment_->log.write(log_level::info, "subscribed to {} as a member of group {}, server {}", fmt::join(topics, ", "),
                                  self->settings_.group_id(), self->server_version_);
    self->topics_ = std::move(topics);
    self->state_ = state::subscribed;
    self->service_ = service::joined;
    self->joined_at_ = std::chrono::steady_clock::now();
    self->backoff_.succeeded();
    self->last_poll_.reset();
    self->next_commit_ = std::chrono::steady_clock::now() + self->settings_.auto_commit_interval();
    self->is_leaving_ = self->commit_now_ = self->needs_placement_ = false;
    self->commit_tries_ = subscription::retry_schedule();
    self->commits_wait_ = net::time_point();
    self->mismatched_since_.reset();
    self->is_exact_ = true;
    self->refusals_ = 0;
    asio::co_spawn(self->executor_, supervise(self, generation), asio::detached);
}

asio::awaitable<void> consumer::impl::unsubscribe(std::shared_ptr<impl> self) {
    self->require_subscription();
    co_await self->last_commit(std::chrono::steady_clock::now() + self->settings_.close_timeout());
    const asio::cancellation_state cancellation = co_await asio::this_coro::cancellation_state;
    if (cancellation.cancelled() != asio::cancellation_type::none) throw error(errc::cancelled);
    self->require_subscription();
    const bool is_joined = self->is_joined();
    const std::uint64_t generation = ++self->generation_;
    self->lose_subscription(base::failure());
    if (!is_joined) {
        // Without a connection this consumer is no member.
        self->drop_connection(base::failure(errc::cancelled));
        co_return;
    }
    self->state_ = state::unsubscribing;
    const std::shared_ptr<net::session> link = self->session_;
    client::plain_wait left(link, self->executor_);
    link->request(protocol::action::unsubscribe, &left, self->settings_.poll_slice(),
                  [](protocol::text_buffer& out, std::uint64_t id) { protocol::write_unsubscribe(out, id); });
    co_await left.wait();
    if (generation == self->generation_) {
        self->state_ = state::idle;
        // Whether this consumer still is a member is not known after a failure; without the connection it is not.
        if (left.why()) self->drop_connection(left.why());
    }
    if (left.why()) base::throw_failure(left.why());
}

asio::awaitable<void> consumer::impl::close(std::shared_ptr<impl> self) {
    const net::time_point deadline = std::chrono::steady_clock::now() + self->settings_.close_timeout();
    co_await self->last_commit(deadline);
    const bool subscribed = self->is_joined();
    ++self->generation_;
    self->state_ = state::closed;
    self->lose_subscription(base::failure(errc::closed));
    const std::shared_ptr<net::session> link = self->session_;
    if (link == nullptr) co_return;
    const asio::cancellation_state cancellation = co_await asio::this_coro::cancellation_state;
    // Once cancelled, a coroutine cannot wait for a farewell.
    if (cancellation.cancelled() != asio::cancellation_type::none) co_return link->fail(base::failure(errc::closed));
    if (subscribed && link->is_open()) {
        asio::steady_timer patience(self->executor_, deadline);
        patience.async_wait([link](boost::system::error_code ec) {
            if (!ec) link->fail(base::failure(errc::closed));
        });
        client::plain_wait left(link, self->executor_);
        link->request(protocol::action::unsubscribe, &left, milliseconds(0),
                      [](protocol::text_buffer& out, std::uint64_t id) { protocol::write_unsubscribe(out, id); });
        co_await left.wait();
        if (left.why()) {
            link->fail(base::failure(errc::closed));
            co_return;
        }
    }
    co_await link->close(deadline);
}

asio::awaitable<std::string> consumer::impl::version(std::shared_ptr<impl> self) {
    if (!self->is_connected()) self->require_subscription();
    const auto write = [](protocol::text_buffer& out, std::uint64_t id) { protocol::write_version(out, id); };
    command<version_wait> asked(*self, protocol::action::version, write);
    co_await asked.wait();
    if (asked.why()) base::throw_failure(asked.why());
    co_return std::move(asked.version);
}

asio::awaitable<std::vector<std::string>> consumer::impl::subscription(std::shared_ptr<impl> self) {
    self->require_subscription();
    const auto write = [](protocol::text_buffer& out, std::uint64_t id) { protocol::write_list_topics(out, id); };
    command<topics_wait> asked(*self, protocol::action::list_topics, write);
    co_await asked.wait();
    if (asked.why()) base::throw_failure(asked.why());
    co_return std::move(asked.topics);
}

void consumer::impl::on_session_failed(const base::failure& why) {
    if (!recovers_from(why)) return lose_subscription(why);
    lose_link(why);
}

void consumer::impl::lose_subscription(const base::failure& why) {
    if (state_ == state::subscribed) state_ = state::idle;
    lost_ = why;
    service_ = service::down;
    // What was polled but not taken goes back: its offset is not committed.
    fetcher_.discard();
    ready_.clear();
    if (!is_polling_)
        poll_failure_ = base::failure();
    else if (!poll_failure_)
        poll_failure_ = why;
    if (session_ != nullptr) session_->abandon(this);
    fail_unsent(why ? why : base::failure(errc::cancelled));
    poll_wait_.post();
    disarm_poll_timer();
    progress_.cancel();
    supervisor_.cancel();
    if (why) tell_disconnected(why);
}

void consumer::impl::drop_connection(const base::failure& why) {
    if (session_ == nullptr) return;
    session_->detach();
    session_->fail(why);
    tell_disconnected(why);
}

void consumer::impl::tell_disconnected(const base::failure& why) {
    if (std::exchange(is_told_connected_, false)) tell(event(event_kind::disconnected).reason(base::error_of(why)));
}

void consumer::impl::tell(event what) {
    if (!settings_.event_target() || state_ == state::closed) return;
    untold_.push_back(std::move(what));
    if (std::exchange(is_telling_, true)) return;
    asio::post(executor_, [self = shared_from_this()] {
        // The handler may use the consumer, and so bring about more.
        while (!self->untold_.empty() && self->state_ != state::closed) {
            const event next = std::move(self->untold_.front());
            self->untold_.erase(self->untold_.begin());
            try {
                self->settings_.event_target()(next);
            } catch (const std::exception& thrown) {
                self->environment_->log.write(log_level::error, "the handler of events threw at {}: {}", to_string(next.kind()),
                                              text::what_of(thrown));
            } catch (...) {
                self->environment_->log.write(log_level::error, "the handler of events threw at {}", to_string(next.kind()));
            }
        }
        self->untold_.clear();
        self->is_telling_ = false;
    });
}

consumer::consumer(asio::any_io_executor executor, const config& settings) : impl_(std::make_shared<impl>(std::move(executor), settings)) {}

consumer& consumer::operator=(consumer&& other) noexcept {
    if (impl_ != nullptr && impl_ != other.impl_) impl_->abandon();
    impl_ = std::move(other.impl_);
    return *this;
}

consumer::~consumer() {
    if (impl_ != nullptr) impl_->abandon();
}

asio::awaitable<void> consumer::subscribe(std::string_view topic) {
    std::vector<std::string> topics;
    topics.emplace_back(topic);
    return impl::subscribe(impl_, std::move(topics));
}
asio::awaitable<void> consumer::subscribe(std::vector<std::string> topics) { return impl::subscribe(impl_, std::move(topics)); }
asio::awaitable<void> consumer::unsubscribe() { return impl::unsubscribe(impl_); }
asio::awaitable<bool> consumer::poll(message& out, milliseconds timeout) { return impl::poll(impl_, out, timeout); }
asio::awaitable<boost::system::result<bool>> consumer::try_poll(message& out, milliseconds timeout) { return impl::try_poll(impl_, out, timeout); }
asio::awaitable<void> consumer::commit(const message& processed) { return impl::commit(impl_, processed); }
asio::awaitable<std::vector<assigned_vgroup>> consumer::assignment(std::string_view topic) { return impl::assignment(impl_, std::string(topic)); }
asio::awaitable<std::vector<topic_partition>> consumer::position(std::vector<topic_partition> partitions) {
    return impl::position(impl_, std::move(partitions));
}
asio::awaitable<void> consumer::commit(std::vector<topic_partition> offsets) { return impl::commit(impl_, std::move(offsets)); }
asio::awaitable<void> consumer::commit() { return impl::commit(impl_); }
asio::awaitable<std::vector<std::optional<std::int64_t>>> consumer::committed(std::vector<topic_partition> partitions) {
    return impl::committed(impl_, std::move(partitions));
}
asio::awaitable<std::vector<vgroup_lag>> consumer::lag() { return impl::lag(impl_); }
asio::awaitable<void> consumer::seek(topic_partition target) {
    std::vector<topic_partition> targets;
    targets.push_back(std::move(target));
    return impl::seek(impl_, std::move(targets));
}
asio::awaitable<void> consumer::seek_to_beginning(std::string_view topic) {
    return impl::seek_to(impl_, impl::log_end::beginning, std::string(topic), std::nullopt);
}
asio::awaitable<void> consumer::seek_to_beginning(std::string_view topic, std::int32_t vgroup) {
    return impl::seek_to(impl_, impl::log_end::beginning, std::string(topic), vgroup);
}
asio::awaitable<void> consumer::seek_to_end(std::string_view topic) {
    return impl::seek_to(impl_, impl::log_end::end, std::string(topic), std::nullopt);
}
asio::awaitable<void> consumer::seek_to_end(std::string_view topic, std::int32_t vgroup) {
    return impl::seek_to(impl_, impl::log_end::end, std::string(topic), vgroup);
}
void consumer::pause() { impl_->pause(); }
void consumer::resume() { impl_->resume(); }
void consumer::commit_async(const message& processed, commit_handler done) { impl_->commit_async(processed, std::move(done)); }
void consumer::acknowledge(const message& finished) { impl_->acknowledge(finished); }
asio::awaitable<std::vector<std::string>> consumer::subscription() { return impl::subscription(impl_); }
asio::awaitable<std::string> consumer::version() { return impl::version(impl_); }
asio::awaitable<void> consumer::close() { return impl::close(impl_); }
void consumer::cancel() { impl_->cancel(); }
stats consumer::stats() const { return impl_->stats(); }
const std::string& consumer::server_version() const noexcept { return impl_->server_version(); }
asio::any_io_executor consumer::get_executor() const noexcept { return impl_->executor(); }

}  // namespace tmq
