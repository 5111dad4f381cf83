// Life of a consumer: subscribe, unsubscribe, close.
#include "tmq/consumer.hpp"

#include "base/server_constants.hpp"
#include "consumer/consumer_impl.hpp"
#include "text/utf8.hpp"
#include "tmq/detail/consumer_access.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/this_coro.hpp>

#include <fmt/format.h>

#include <utility>

namespace tmq {
namespace {

void require_topics(const std::vector<std::string>& topics) {
    if (topics.empty()) throw error(errc::invalid_argument, "no topic");
    for (const std::string& topic : topics) {
        if (topic.empty() || topic.size() > base::max_name_size)
            throw error(errc::invalid_argument, "a topic must have 1 to 192 bytes");
        if (!text::is_valid_utf8(topic) || topic.find('\0') != std::string::npos)
            throw error(errc::invalid_argument, "a topic must be UTF-8 without NUL");
    }
}

}  // namespace

consumer::impl::impl(asio::any_io_executor executor, const config& settings)
    : executor_(executor),
      environment_(std::make_shared<net::environment>(settings)),
      settings_(environment_->settings),
      core_(settings_, environment_->seed),
      requests_(executor, settings_, session_, core_, interruptions_),
      gate_(executor, [this] { send_next_read(); }),
      events_(std::make_shared<client::event_queue>(executor, environment_, interruptions_)),
      statistics_(environment_->counters),
      duty_(executor, net::time_point::max()),
      progress_(executor, net::time_point::max()) {}

bool consumer::impl::is_usable() const noexcept { return life_ != life::closed && core_.is_active(); }

base::failure consumer::impl::unusable() const {
    if (is_usable()) return {};
    if (life_ == life::closed) return base::failure(errc::closed);
    const bool was_lost = core_.state() == subscription::subscription::stage::idle && core_.ended_by();
    return was_lost ? core_.ended_by() : base::failure(errc::not_subscribed);
}

base::failure consumer::impl::take_obstacle() {
    // The failure of the poll's own request says more than its consequence.
    if (core_.has_poll_failure()) return core_.take_poll_failure();
    if (base::failure why = unusable()) return why;
    if (core_.is_leaving())
        return base::failure(life_ == life::closing ? errc::closed : errc::not_subscribed);
    return core_.reader().obstacle();
}

base::failure consumer::impl::obstacle_since(beginning begun) const {
    if (base::failure why = unusable()) return why;
    return is_current(begun) && !is_cancelled(begun) ? base::failure() : base::failure(base::cancelled());
}

void consumer::impl::require_subscription() const {
    if (const base::failure why = unusable()) base::throw_failure(why);
}

asio::awaitable<void> consumer::impl::subscribe(std::shared_ptr<impl> self, std::vector<std::string> topics) {
    using stage = subscription::subscription::stage;
    self->require_executor();
    if (self->life_ == life::closed) throw error(errc::closed);
    if (self->life_ == life::unsubscribing || self->core_.state() == stage::starting)
        throw error(errc::operation_in_progress);
    if (self->core_.is_active()) throw error(errc::already_subscribed);
    self->settings_.validate();
    require_topics(topics);
    if (self->start_hook_ && !self->core_.keeps_places())
        throw error(errc::invalid_argument, "a snapshot has no offsets to start from");

    const std::uint64_t generation = ++self->generation_;
    if (!self->gate_.is_polling()) self->core_.take_poll_failure();
    self->statistics_.begin_subscription();
    self->board_.paused(false);
    self->core_.ask_for_starts(static_cast<bool>(self->start_hook_));
    self->core_.start(std::move(topics), self->is_connected(), std::chrono::steady_clock::now());
    base::failure why;
    try {
        co_await self->run(generation, true);
    } catch (const boost::system::system_error& thrown) {
        // Asio throws it from an await that starts after the cancellation.
        const bool is_cancelled = thrown.code() == asio::error::operation_aborted;
        why = is_cancelled ? base::failure(base::cancelled()) : base::failure(thrown.code());
    } catch (const std::exception& thrown) {
        why = base::failure_of(thrown);
    }
    if (generation != self->generation_)
        throw error(self->life_ == life::closed ? make_error_code(errc::closed) : base::cancelled());
    if (why && self->core_.state() != stage::idle) self->core_.end(why);
    if (!self->core_.is_active()) {
        if (const base::failure ended = self->core_.take_start_failure(); !why) why = ended;
        // After a refusal the server may keep half a consumer; only a new connection starts clean.
        self->drop_connection(why);
        self->apply_effects();
        self->note_failure(why);
        self->environment_->log.write(log_level::error, "subscribe failed: {}", base::text_of(why));
        base::throw_failure(why);
    }
    self->environment_->log.write(log_level::info, "subscribed to {} as a member of group {}, server {}",
                                  fmt::join(self->core_.topics(), ", "), self->settings_.group_id(),
                                  self->server_version_);
    asio::co_spawn(self->executor_, run_duties(self, generation), asio::detached);
}

asio::awaitable<void> consumer::impl::unsubscribe(std::shared_ptr<impl> self) {
    self->require_subscription();
    const beginning begun = self->begin_operation();
    co_await last_commits(self, std::chrono::steady_clock::now() + self->settings_.close_timeout(), begun);
    const asio::cancellation_state cancellation = co_await asio::this_coro::cancellation_state;
    if (cancellation.cancelled() != asio::cancellation_type::none || self->is_cancelled(begun))
        throw error(base::cancelled());
    self->require_subscription();
    const bool was_member = self->is_member();
    const std::uint64_t generation = ++self->generation_;
    self->end_subscription(base::failure());
    if (!was_member) {
        // Without a connection this consumer is no member.
        self->drop_connection(base::failure(base::cancelled()));
        co_return;
    }
    self->life_ = life::unsubscribing;
    client::question left(self->requests_, client::subject(protocol::action::unsubscribe),
                          client::lost_link::fail);
    co_await left.wait();
    if (generation == self->generation_) {
        self->life_ = life::open;
        // After a failure the membership is unknown; without the connection it ends.
        if (left.why()) self->drop_connection(left.why());
    }
    if (left.why()) base::throw_failure(left.why());
}

asio::awaitable<void> consumer::impl::close(std::shared_ptr<impl> self) {
    const net::time_point deadline = std::chrono::steady_clock::now() + self->settings_.close_timeout();
    if (self->life_ != life::closed) self->life_ = life::closing;
    co_await last_commits(self, deadline, self->begin_operation());
    const bool was_member = self->is_member();
    ++self->generation_;
    self->life_ = life::closed;
    self->events_->close();
    self->end_subscription(base::failure(errc::closed));
    const std::shared_ptr<net::session> link = self->session_;
    if (link == nullptr) co_return;
    const asio::cancellation_state cancellation = co_await asio::this_coro::cancellation_state;
    // Once cancelled, a coroutine cannot wait for the close handshake.
    if (cancellation.cancelled() != asio::cancellation_type::none)
        co_return link->fail(base::failure(errc::closed));
    if (was_member && link->is_open()) {
        asio::steady_timer patience(self->executor_, deadline);
        patience.async_wait([link](boost::system::error_code ec) {
            if (!ec) link->fail(base::failure(errc::closed));
        });
        client::question left(self->requests_, client::subject(protocol::action::unsubscribe),
                              client::lost_link::fail);
        co_await left.wait();
        if (left.why()) {
            link->fail(base::failure(errc::closed));
            co_return;
        }
    }
    co_await link->close(deadline);
}

/// Commits what the application has processed before this consumer leaves. Waits for the commits until
/// `deadline`.
asio::awaitable<void> consumer::impl::last_commits(std::shared_ptr<impl> self, net::time_point deadline,
                                                   beginning begun) {
    if (!self->core_.begin_leaving()) co_return;
    struct leaving {
        explicit leaving(subscription::subscription& core) noexcept : core_(core) {}
        ~leaving() { core_.end_leaving(); }
        subscription::subscription& core_;
    };
    const leaving guard(self->core_);
    self->gate_.wake();
    self->apply_effects();
    asio::steady_timer patience(self->executor_, deadline);
    patience.async_wait([self](boost::system::error_code ec) {
        if (!ec) self->progress_.cancel();
    });
    while (self->is_current(begun) && !self->is_cancelled(begun) && self->core_.is_active() &&
           self->core_.has_to_leave() && std::chrono::steady_clock::now() < deadline) {
        co_await self->progress_.async_wait(net::nothrow);
        const asio::cancellation_state cancellation = co_await asio::this_coro::cancellation_state;
        if (cancellation.cancelled() != asio::cancellation_type::none) break;
    }
}

asio::awaitable<std::string> consumer::impl::fetch_server_version(std::shared_ptr<impl> self) {
    if (!self->is_connected()) self->require_subscription();
    client::question asked(self->requests_, client::subject(protocol::action::version),
                           client::lost_link::resend);
    co_await asked.wait();
    if (asked.why()) base::throw_failure(asked.why());
    co_return std::move(asked.version);
}

asio::awaitable<std::vector<std::string>> consumer::impl::fetch_subscription(std::shared_ptr<impl> self) {
    self->require_subscription();
    client::question asked(self->requests_, client::subject(protocol::action::list_topics),
                           client::lost_link::resend);
    co_await asked.wait();
    if (asked.why()) base::throw_failure(asked.why());
    co_return std::move(asked.topics);
}

void consumer::impl::cancel() {
    using stage = subscription::subscription::stage;
    // A close has nothing left to lose.
    if (life_ == life::closed) return drop_connection(base::failure(errc::closed));
    ++cancellations_;
    interruptions_.interrupt_all();
    // A subscribe that has not finished leaves nothing usable.
    if (core_.state() == stage::starting) return disconnect();
    progress_.cancel();
    gate_.wake();
}

void consumer::impl::disconnect() {
    ++generation_;
    if (life_ != life::closed) life_ = life::open;
    end_subscription(base::failure(base::cancelled()));
    drop_connection(base::failure(base::cancelled()));
}

void consumer::impl::abandon() noexcept {
    ++generation_;
    life_ = life::closed;
    try {
        events_->close();
        end_subscription(base::failure(errc::closed));
        drop_connection(base::failure(errc::closed));
    } catch (const std::exception&) {
        // Without memory nobody is notified; a destructor cannot report that either.
    }
}

void consumer::impl::end_subscription(const base::failure& why) {
    core_.end(why);
    end_operations(why);
}

void consumer::impl::end_operations(const base::failure& why) {
    if (!gate_.is_polling()) core_.take_poll_failure();
    if (session_ != nullptr) session_->abandon(this);
    requests_.fail_waiting(why ? why : base::failure(base::cancelled()));
    gate_.disarm();
    duty_.cancel();
    progress_.cancel();
    gate_.wake();
    apply_effects();
}

void consumer::impl::drop_connection(const base::failure& why) {
    if (session_ == nullptr) return;
    session_->abandon(this);
    session_->detach();
    session_->fail(why);
    core_.dropped(why);
    publish();
}

consumer::consumer(asio::any_io_executor executor, const config& settings)
    : impl_(std::make_shared<impl>(std::move(executor), settings)) {
    impl_->event_queue()->set_owner(*this);
}

consumer::consumer(consumer&& source) noexcept : impl_(std::move(source.impl_)) {
    if (impl_ != nullptr) impl_->event_queue()->set_owner(*this);
}

consumer& consumer::operator=(consumer&& other) noexcept {
    if (impl_ != nullptr && impl_ != other.impl_) impl_->abandon();
    impl_ = std::move(other.impl_);
    if (impl_ != nullptr) impl_->event_queue()->set_owner(*this);
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
asio::awaitable<void> consumer::subscribe(std::vector<std::string> topics) {
    return impl::subscribe(impl_, std::move(topics));
}
asio::awaitable<void> consumer::unsubscribe() { return impl::unsubscribe(impl_); }
asio::awaitable<bool> consumer::poll(message& out) {
    return impl::poll_as<bool>(impl_, out, client::poll_gate::unlimited);
}
asio::awaitable<bool> consumer::poll(message& out, any_duration timeout) {
    return impl::poll_as<bool>(impl_, out, timeout);
}
asio::awaitable<result<bool>> consumer::try_poll(message& out, any_duration timeout) {
    return impl::poll_as<result<bool>>(impl_, out, timeout);
}
asio::awaitable<void> consumer::commit(const message& processed) { return impl::commit(impl_, processed); }
asio::awaitable<std::vector<assigned_vgroup>> consumer::assignment() { return impl::assignment(impl_); }
asio::awaitable<consumer::known_offsets> consumer::position(std::vector<topic_partition> partitions) {
    return impl::position(impl_, std::move(partitions));
}
asio::awaitable<void> consumer::commit(std::vector<partition_offset> offsets) {
    return impl::commit(impl_, std::move(offsets));
}
asio::awaitable<void> consumer::commit(partition_offset offset) {
    std::vector<partition_offset> offsets;
    offsets.push_back(std::move(offset));
    return impl::commit(impl_, std::move(offsets));
}
asio::awaitable<void> consumer::commit() { return impl::commit(impl_, impl_->note_deliveries()); }
asio::awaitable<consumer::known_offsets> consumer::committed(std::vector<topic_partition> partitions) {
    return impl::committed(impl_, std::move(partitions));
}
asio::awaitable<std::vector<vgroup_lag>> consumer::lag() { return impl::lag(impl_); }
asio::awaitable<void> consumer::seek(partition_offset target) {
    std::vector<partition_offset> targets;
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
asio::awaitable<void> consumer::seek_to_time(std::string_view topic, timestamp time) {
    return impl::seek_to_time(impl_, std::string(topic), time);
}
void consumer::pause() { impl_->pause(); }
void consumer::resume() { impl_->resume(); }
void consumer::commit_async(const message& processed, commit_handler done) {
    impl_->commit_async(processed, std::move(done));
}
void consumer::acknowledge(const message& processed) { impl_->acknowledge(processed); }
void consumer::acknowledge(const receipt& processed) {
    impl_->require_acknowledgeable(processed);
    asio::dispatch(impl_->executor(), [weak = std::weak_ptr<impl>(impl_), processed] {
        if (const auto self = weak.lock()) self->acknowledge(processed);
    });
}
asio::awaitable<std::vector<std::string>> consumer::fetch_subscription() {
    return impl::fetch_subscription(impl_);
}
asio::awaitable<std::string> consumer::fetch_server_version() { return impl::fetch_server_version(impl_); }
void consumer::start_from(start_hook hook) { impl_->start_from(std::move(hook)); }
void consumer::provide_credentials(credentials_provider provider) {
    impl_->provide_credentials(std::move(provider));
}
asio::awaitable<void> consumer::close() { return impl::close(impl_); }
void consumer::cancel() { impl_->cancel(); }
void consumer::disconnect() { impl_->disconnect(); }
void detail::consumer_access::forget_delivery(consumer& source) noexcept { source.impl_->forget_delivery(); }
std::uint64_t detail::consumer_access::cancellations(const consumer& source) noexcept {
    return source.impl_->cancellations();
}
asio::any_io_executor consumer::get_executor() const noexcept { return impl_->executor(); }

}  // namespace tmq
