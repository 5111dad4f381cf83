#include "consumer/consumer_impl.hpp"
#include "consumer/fetch_choice.hpp"
#include "consumer/reply_wait.hpp"
#include "consumer/subscribe_settings.hpp"
#include "protocol/explain.hpp"
#include "session/secrets.hpp"
#include "text/printable.hpp"
#include "text/utf8.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <new>
#include <span>
#include <utility>

namespace tmq {
namespace {

/// Longer waits would overflow the clock, and mean "for ever" all the same.
constexpr std::chrono::milliseconds longest_wait = std::chrono::hours(24 * 365);

constexpr std::size_t max_topic_size = 192;

std::chrono::milliseconds rounded_up(time_point::duration time) { return std::chrono::ceil<std::chrono::milliseconds>(time); }

struct version_wait final : reply_wait {
    using reply_wait::reply_wait;
    bool accept(const protocol::reply& reply) override {
        version = text::printable(reply.version, 64);
        return true;
    }
    std::string version;
};

struct topics_wait final : reply_wait {
    using reply_wait::reply_wait;
    bool accept(const protocol::reply& reply) override {
        topics.assign(reply.topics.begin(), reply.topics.end());
        return reply.has_topics;
    }
    std::vector<std::string> topics;
};

}  // namespace

asio::awaitable<failure> consumer::impl::connect() {
    session_ = std::make_shared<session>(executor_, environment_, static_cast<session_observer*>(this));
    const std::shared_ptr<session> link = session_;
    failure why = co_await link->open();
    if (why) co_return why;
    version_wait version(link, executor_);
    link->request(protocol::action::version, &version, milliseconds(0),
                  [](protocol::text_buffer& out, std::uint64_t id) { protocol::write_version(out, id); });
    co_await version.wait();
    hide_secrets(version.version, settings_);
    server_version_ = version.version;
    fetcher_.reset(chosen_fetch(settings_.fetch_with(), server_version_), settings_.max_message_size());
    co_return version.why();
}

asio::awaitable<failure> consumer::impl::join(std::span<const std::string> topics) {
    const subscribe_settings settings(settings_);
    const protocol::subscribe_request request = settings.request(topics);
    const std::shared_ptr<session> link = session_;
    plain_wait joined(link, executor_);
    link->request(protocol::action::subscribe, &joined, milliseconds(0),
                  [&request](protocol::text_buffer& out, std::uint64_t id) { protocol::write_subscribe(out, id, request); });
    co_await joined.wait();
    failure why = joined.why();
    if (why.code.category() == server_category())
        why.context = protocol::explain_refused_subscribe(static_cast<std::uint32_t>(why.code.value()), why.server_message);
    co_return why;
}

asio::awaitable<failure> consumer::impl::connect_and_join(std::span<const std::string> topics) {
    const std::uint64_t generation = generation_;
    if (!is_connected()) {
        failure why = co_await connect();
        if (why) co_return why;
        if (generation != generation_) co_return failure(errc::cancelled);
    }
    co_return co_await join(topics);
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
    self->lost_ = failure();
    self->positions_.clear();
    if (!self->is_polling_) self->poll_failure_ = failure();
    failure why;
    try {
        why = co_await self->connect_and_join(topics);
    } catch (const boost::system::system_error& thrown) {
        // Asio throws this from an await that starts after the cancellation.
        why = thrown.code() == asio::error::operation_aborted ? failure(errc::cancelled) : failure(thrown.code(), thrown.what());
    } catch (const std::bad_alloc&) {
        why = failure(make_error_code(boost::system::errc::not_enough_memory));
    }
    if (generation != self->generation_) throw error(self->state_ == state::closed ? errc::closed : errc::cancelled);
    if (!why && !self->is_connected()) why = self->lost_;
    if (why) {
        // After a refusal the server may hold half a consumer; only a new connection starts clean.
        self->state_ = state::idle;
        self->drop_connection(why);
        self->environment_->log.write(log_level::error, "subscribe failed: {} {}", why.code.message(), why.context);
        throw_failure(why);
    }
    self->environment_->log.write(log_level::info, "subscribed to {} as a member of group {}, server {}", fmt::join(topics, ", "),
                                  self->settings_.group_id(), self->server_version_);
    self->topics_ = std::move(topics);
    self->state_ = state::subscribed;
}

asio::awaitable<void> consumer::impl::unsubscribe(std::shared_ptr<impl> self) {
    self->require_subscription();
    const std::uint64_t generation = ++self->generation_;
    self->lose_subscription(failure());
    self->state_ = state::unsubscribing;
    const std::shared_ptr<session> link = self->session_;
    plain_wait left(link, self->executor_);
    link->request(protocol::action::unsubscribe, &left, self->settings_.poll_slice(),
                  [](protocol::text_buffer& out, std::uint64_t id) { protocol::write_unsubscribe(out, id); });
    co_await left.wait();
    if (generation == self->generation_) {
        self->state_ = state::idle;
        // Whether this consumer still is a member is not known after a failure; without the connection it is not.
        if (left.why()) self->drop_connection(left.why());
    }
    if (left.why()) throw_failure(left.why());
}

asio::awaitable<boost::system::result<bool>> consumer::impl::try_poll(std::shared_ptr<impl> self, message& out, milliseconds timeout) {
    if (self->is_polling_) co_return self->fail_poll(failure(errc::operation_in_progress));
    struct polling {
        explicit polling(impl& owner) noexcept : owner_(owner) { owner_.is_polling_ = true; }
        ~polling() { owner_.is_polling_ = owner_.poll_unanswered_ = false; }
        impl& owner_;
    };
    const polling guard(*self);
    self->poll_deadline_ = std::chrono::steady_clock::now() + std::clamp(timeout, milliseconds(0), longest_wait);
    self->poll_unanswered_ = true;

    bool has_waited = false;
    for (bool expired = false;; expired = std::chrono::steady_clock::now() >= self->poll_deadline_) {
        if (self->fetcher_.next() == message_fetcher::step::take && self->holds_ == 0) {
            const message& ready = *self->fetcher_.announced();
            self->positions_.delivered(ready.topic(), ready.vgroup(), ready.next_offset());
            self->fetcher_.take(out);
            self->count_delivery(out);
            co_return true;
        }
        if (failure why = self->obstacle()) {
            // A loop that tries again and again must let others run.
            if (!has_waited) co_await asio::post(self->executor_, nothrow);
            co_return self->fail_poll(std::move(why));
        }
        if (expired) co_return false;

        self->pump();
        self->poll_signal_.expires_at(self->poll_deadline_);
        co_await self->poll_signal_.async_wait(nothrow);
        has_waited = true;
        const asio::cancellation_state cancellation = co_await asio::this_coro::cancellation_state;
        if (cancellation.cancelled() != asio::cancellation_type::none) co_return self->fail_poll(failure(errc::cancelled));
    }
}

void consumer::impl::count_delivery(const message& delivered) {
    tmq::stats& counters = environment_->counters;
    ++counters.messages;
    counters.blocks += delivered.blocks().size();
    counters.rows += delivered.row_count();
    counters.ready_time += std::chrono::steady_clock::now() - ready_since_;
}

stats consumer::impl::stats() const {
    tmq::stats out = environment_->counters;
    out.round_trip = environment_->round_trips.summary();
    out.read_ahead = fetcher_.next() == message_fetcher::step::take ? 1 : 0;
    return out;
}

asio::awaitable<bool> consumer::impl::poll(std::shared_ptr<impl> self, message& out, milliseconds timeout) {
    const boost::system::result<bool> got = co_await try_poll(self, out, timeout);
    if (!got.has_value()) throw_failure(self->last_poll_failure_);
    co_return *got;
}

asio::awaitable<void> consumer::impl::close(std::shared_ptr<impl> self) {
    const time_point deadline = std::chrono::steady_clock::now() + self->settings_.close_timeout();
    const bool subscribed = self->state_ == state::subscribed;
    ++self->generation_;
    self->state_ = state::closed;
    self->lose_subscription(failure(errc::closed));
    const std::shared_ptr<session> link = self->session_;
    if (link == nullptr) co_return;
    if (subscribed && link->is_open()) {
        asio::steady_timer patience(self->executor_, deadline);
        patience.async_wait([link](boost::system::error_code ec) {
            if (!ec) link->fail(failure(errc::closed));
        });
        plain_wait left(link, self->executor_);
        link->request(protocol::action::unsubscribe, &left, milliseconds(0),
                      [](protocol::text_buffer& out, std::uint64_t id) { protocol::write_unsubscribe(out, id); });
        co_await left.wait();
        if (left.why()) {
            link->fail(failure(errc::closed));
            co_return;
        }
    }
    co_await link->close(deadline);
}

asio::awaitable<std::string> consumer::impl::version(std::shared_ptr<impl> self) {
    if (!self->is_connected()) {
        self->require_subscription();
        throw error(errc::not_subscribed);
    }
    version_wait asked(self->session_, self->executor_);
    self->session_->request(protocol::action::version, &asked, self->settings_.poll_slice(),
                            [](protocol::text_buffer& out, std::uint64_t id) { protocol::write_version(out, id); });
    co_await asked.wait();
    if (asked.why()) throw_failure(asked.why());
    co_return std::move(asked.version);
}

asio::awaitable<std::vector<std::string>> consumer::impl::subscription(std::shared_ptr<impl> self) {
    self->require_subscription();
    topics_wait asked(self->session_, self->executor_);
    self->session_->request(protocol::action::list_topics, &asked, self->settings_.poll_slice(),
                            [](protocol::text_buffer& out, std::uint64_t id) { protocol::write_list_topics(out, id); });
    co_await asked.wait();
    if (asked.why()) throw_failure(asked.why());
    co_return std::move(asked.topics);
}

void consumer::impl::lose_subscription(const failure& why) {
    if (state_ == state::subscribed) state_ = state::idle;
    lost_ = why;
    // What was polled but not taken goes back: its offset is not committed.
    fetcher_.discard();
    if (!is_polling_)
        poll_failure_ = failure();
    else if (!poll_failure_)
        poll_failure_ = why;
    if (session_ != nullptr) session_->abandon(this);
    poll_signal_.cancel();
    progress_.cancel();
}

void consumer::impl::drop_connection(const failure& why) {
    if (session_ == nullptr) return;
    session_->detach();
    session_->fail(why);
}

void consumer::impl::pump() {
    if (state_ != state::subscribed || !is_connected() || holds_ != 0) return;
    switch (fetcher_.next()) {
        case message_fetcher::step::fetch:
            if (!poll_failure_) fetch();
            return;
        case message_fetcher::step::poll: {
            // A waiting poll keeps every command of the connection waiting, so commands go first.
            if (!is_polling_ || poll_failure_ || session_->has_command() || session_->has_poll()) return;
            const auto left = rounded_up(poll_deadline_ - std::chrono::steady_clock::now());
            if (left <= milliseconds(0) && !poll_unanswered_) return;
            const milliseconds slice = std::clamp(left, milliseconds(0), settings_.poll_slice());
            poll_unanswered_ = false;
            fetcher_.sent();
            session_->request(protocol::action::poll, this, slice, [this, slice](protocol::text_buffer& out, std::uint64_t id) {
                protocol::write_poll(out, id, slice.count(), fetcher_.message_id());
            });
            return;
        }
        default: return;
    }
}

void consumer::impl::fetch() {
    const protocol::action what = fetcher_.fetch_action();
    const auto write = [this, what](protocol::text_buffer& out, std::uint64_t id) {
        if (what != protocol::action::position) return protocol::write_fetch(out, what, id, fetcher_.message_id());
        const topic_partition of(fetcher_.announced()->topic(), fetcher_.announced()->vgroup());
        protocol::write_position(out, id, {&of, 1});
    };
    fetcher_.sent();
    session_->request(what, this, milliseconds(0), write, fetcher_.binary_id());
}

void consumer::impl::wake_poll(const failure& why) {
    if (why) poll_failure_ = why;
    poll_signal_.cancel();
}

errc consumer::impl::on_reply(const protocol::reply& reply) {
    return judge(reply.what == protocol::action::poll ? fetcher_.on_poll_reply(reply) : fetcher_.on_fetch_text(reply));
}

errc consumer::impl::on_binary(const wire::fetch_reply& reply) {
    return judge(fetcher_.on_fetch_reply(reply, [this](detail::byte_buffer& into) { session_->take_payload(into); }));
}

errc consumer::impl::judge(const failure& why) {
    for (const errc objection : {errc::reply_malformed, errc::reply_unexpected, errc::reply_message_id})
        if (why.code == objection) return objection;
    if (!why && fetcher_.next() == message_fetcher::step::take) ready_since_ = std::chrono::steady_clock::now();
    if (why || fetcher_.next() == message_fetcher::step::take) wake_poll(why);
    return {};
}

void consumer::impl::on_failure(const failure& why) {
    // The reply to a poll or fetch will not come or cannot be understood. Its message, if there is one, is asked for again.
    fetcher_.on_no_reply();
    wake_poll(why);
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
asio::awaitable<std::vector<std::string>> consumer::subscription() { return impl::subscription(impl_); }
asio::awaitable<std::string> consumer::version() { return impl::version(impl_); }
asio::awaitable<void> consumer::close() { return impl::close(impl_); }
void consumer::cancel() { impl_->cancel(); }
stats consumer::stats() const { return impl_->stats(); }
const std::string& consumer::server_version() const noexcept { return impl_->server_version(); }
asio::any_io_executor consumer::get_executor() const noexcept { return impl_->executor(); }

}  // namespace tmq
