#include "tmq/consumer.hpp"

#include "consumer/message_fetcher.hpp"
#include "consumer/reply_wait.hpp"
#include "consumer/subscribe_settings.hpp"
#include "session/session.hpp"

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

struct assignment_wait final : reply_wait {
    using reply_wait::reply_wait;
    bool accept(const protocol::reply& reply) override {
        vgroups = reply.assignment;
        return reply.has_assignment;
    }
    std::vector<assigned_vgroup> vgroups;
};

struct position_wait final : reply_wait {
    using reply_wait::reply_wait;
    bool accept(const protocol::reply& reply) override {
        offsets = reply.position;
        return reply.has_position;
    }
    std::vector<std::int64_t> offsets;
};

struct version_wait final : reply_wait {
    using reply_wait::reply_wait;
    bool accept(const protocol::reply& reply) override {
        version.assign(reply.version.substr(0, 64));
        return true;
    }
    std::string version;
};

struct plain_wait final : reply_wait {
    using reply_wait::reply_wait;
};

}  // namespace

class consumer::impl final : public std::enable_shared_from_this<impl>, private session_observer, private reply_sink {
  public:
    impl(asio::any_io_executor executor, const config& settings)
        : executor_(executor), environment_(std::make_shared<environment>(settings)), settings_(environment_->settings), poll_signal_(executor, time_point::max()) {}

    static asio::awaitable<void> subscribe(std::shared_ptr<impl> self, std::vector<std::string> topics);
    static asio::awaitable<void> unsubscribe(std::shared_ptr<impl> self);
    static asio::awaitable<boost::system::result<bool>> try_poll(std::shared_ptr<impl> self, message& out, milliseconds timeout);
    static asio::awaitable<bool> poll(std::shared_ptr<impl> self, message& out, milliseconds timeout);
    static asio::awaitable<void> commit(std::shared_ptr<impl> self, const message& processed);
    static asio::awaitable<std::vector<assigned_vgroup>> assignment(std::shared_ptr<impl> self, std::string topic);
    static asio::awaitable<std::vector<topic_partition>> position(std::shared_ptr<impl> self, std::vector<topic_partition> partitions);
    static asio::awaitable<void> close(std::shared_ptr<impl> self);

    void cancel() {
        ++generation_;
        if (state_ != state::closed) state_ = state::idle;
        lose_subscription(failure(errc::cancelled));
        drop_connection(failure(errc::cancelled));
    }
    /// The consumer is gone: nothing may go on on its behalf.
    void abandon() {
        ++generation_;
        state_ = state::closed;
        lose_subscription(failure(errc::closed));
        drop_connection(failure(errc::closed));
    }
    const std::string& server_version() const noexcept { return server_version_; }
    const asio::any_io_executor& executor() const noexcept { return executor_; }

  private:
    enum class state : std::uint8_t { idle, subscribing, subscribed, unsubscribing, closed };

    /// Why nothing but subscribe can work now.
    failure unusable() const {
        if (state_ == state::closed) return failure(errc::closed);
        if (state_ == state::subscribed) return {};
        return lost_ ? lost_ : failure(errc::not_subscribed);
    }
    /// Why the waiting poll cannot go on. What happened to its own request says more than what came of it.
    failure obstacle() {
        if (poll_failure_) return std::exchange(poll_failure_, failure());
        if (failure why = unusable()) return why;
        return fetcher_.next() == message_fetcher::step::stuck ? fetcher_.obstacle() : failure();
    }
    void require_subscription() const {
        if (const failure why = unusable()) throw_failure(why);
    }
    bool is_connected() const noexcept { return session_ != nullptr && session_->is_open(); }

    asio::awaitable<failure> connect();
    asio::awaitable<failure> join(std::span<const std::string> topics);
    asio::awaitable<failure> connect_and_join(std::span<const std::string> topics);
    void lose_subscription(const failure& why);
    void drop_connection(const failure& why);

    /// Sends what the message loop needs next, if the server may be asked now.
    void pump();
    void wake_poll(const failure& why);
    /// What the message loop has against a reply; everything else is for the poll that waits.
    errc judge(const failure& why);
    boost::system::result<bool> fail_poll(failure why) {
        last_poll_failure_ = std::move(why);
        return {boost::system::in_place_error, last_poll_failure_.code};
    }

    void on_progress() override { pump(); }
    void on_session_failed(const failure& why) override { lose_subscription(why); }
    errc on_reply(const protocol::reply& reply) override;
    errc on_binary(const wire::fetch_reply& reply) override;
    void on_failure(const failure& why) override;

    asio::any_io_executor executor_;
    std::shared_ptr<environment> environment_;
    const config& settings_;
    state state_ = state::idle;
    /// Counts what takes the connection away from an operation under way; an operation of an older generation leaves it alone.
    std::uint64_t generation_ = 0;
    std::shared_ptr<session> session_;
    failure lost_;  ///< why the last subscription ended, when it was not by request
    std::string server_version_;

    message_fetcher fetcher_;
    asio::steady_timer poll_signal_;
    bool is_polling_ = false;
    time_point poll_deadline_;
    bool poll_unanswered_ = false;  ///< the waiting poll has not asked the server yet
    failure poll_failure_;          ///< for the poll that waits, or the next one
    failure last_poll_failure_;     ///< what try_poll returned as a bare code
};

asio::awaitable<failure> consumer::impl::connect() {
    fetcher_.reset();
    session_ = std::make_shared<session>(executor_, environment_, static_cast<session_observer*>(this));
    const std::shared_ptr<session> link = session_;
    failure why = co_await link->open();
    if (why) co_return why;
    version_wait version(link, executor_);
    link->request(protocol::action::version, &version, milliseconds(0),
                  [](protocol::text_buffer& out, std::uint64_t id) { protocol::write_version(out, id); });
    co_await version.wait();
    server_version_ = version.version;
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
    co_return joined.why();
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
    if (self->settings_.group_id().empty()) throw error(errc::invalid_argument, "group.id is not set");
    if (topics.empty()) throw error(errc::invalid_argument, "no topic");
    for (const std::string& topic : topics)
        if (topic.empty() || topic.size() > max_topic_size) throw error(errc::invalid_argument, "a topic must have 1 to 192 bytes");

    const std::uint64_t generation = ++self->generation_;
    self->state_ = state::subscribing;
    self->lost_ = failure();
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
        throw_failure(why);
    }
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
        if (self->fetcher_.next() == message_fetcher::step::take) {
            self->fetcher_.take(out);
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

asio::awaitable<bool> consumer::impl::poll(std::shared_ptr<impl> self, message& out, milliseconds timeout) {
    const boost::system::result<bool> got = co_await try_poll(self, out, timeout);
    if (!got.has_value()) throw_failure(self->last_poll_failure_);
    co_return *got;
}

asio::awaitable<void> consumer::impl::commit(std::shared_ptr<impl> self, const message& processed) {
    self->require_subscription();
    if (processed.empty() || processed.next_offset() < 0) throw error(errc::no_exact_offset);
    plain_wait committed(self->session_, self->executor_);
    self->session_->request(protocol::action::commit_offset, &committed, self->settings_.poll_slice(),
                            [&processed](protocol::text_buffer& out, std::uint64_t id) {
                                protocol::write_commit_offset(out, id, processed.topic(), processed.vgroup(), processed.next_offset());
                            });
    co_await committed.wait();
    // Committing the same offset again is what the caller asked for.
    constexpr std::uint32_t same_offset = 0x4012;
    if (committed.why() && committed.why().code != make_server_error(same_offset)) throw_failure(committed.why());
}

asio::awaitable<std::vector<assigned_vgroup>> consumer::impl::assignment(std::shared_ptr<impl> self, std::string topic) {
    self->require_subscription();
    assignment_wait assigned(self->session_, self->executor_);
    self->session_->request(protocol::action::assignment, &assigned, self->settings_.poll_slice(),
                            [&topic](protocol::text_buffer& out, std::uint64_t id) { protocol::write_assignment(out, id, topic); });
    co_await assigned.wait();
    if (assigned.why()) throw_failure(assigned.why());
    co_return std::move(assigned.vgroups);
}

asio::awaitable<std::vector<topic_partition>> consumer::impl::position(std::shared_ptr<impl> self, std::vector<topic_partition> partitions) {
    self->require_subscription();
    if (partitions.empty()) co_return partitions;
    position_wait found(self->session_, self->executor_);
    self->session_->request(protocol::action::position, &found, self->settings_.poll_slice(),
                            [&partitions](protocol::text_buffer& out, std::uint64_t id) { protocol::write_position(out, id, partitions); });
    co_await found.wait();
    if (found.why()) throw_failure(found.why());
    if (found.offsets.size() != partitions.size()) throw error(errc::reply_malformed, "as many positions as partitions are due", "position", 0, {});
    for (std::size_t i = 0; i < partitions.size(); ++i) partitions[i].offset(found.offsets[i]);
    // The server is ahead by the message that it has announced and the application has not taken.
    if (const message* waiting = self->fetcher_.announced())
        for (topic_partition& partition : partitions)
            if (partition.vgroup() == waiting->vgroup() && partition.topic() == waiting->topic()) partition.offset(waiting->offset());
    co_return partitions;
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
}

void consumer::impl::drop_connection(const failure& why) {
    if (session_ == nullptr) return;
    session_->detach();
    session_->fail(why);
}

void consumer::impl::pump() {
    if (state_ != state::subscribed || !is_connected()) return;
    switch (fetcher_.next()) {
        case message_fetcher::step::fetch: {
            if (poll_failure_) return;
            fetcher_.sent();
            session_->request(protocol::action::fetch_raw_data, this, milliseconds(0), [this](protocol::text_buffer& out, std::uint64_t id) {
                protocol::write_fetch_raw_data(out, id, fetcher_.message_id());
            });
            return;
        }
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
asio::awaitable<void> consumer::close() { return impl::close(impl_); }
void consumer::cancel() { impl_->cancel(); }
const std::string& consumer::server_version() const noexcept { return impl_->server_version(); }
asio::any_io_executor consumer::get_executor() const noexcept { return impl_->executor(); }

}  // namespace tmq
