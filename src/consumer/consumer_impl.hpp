#pragma once

#include "consumer/message_fetcher.hpp"
#include "consumer/positions.hpp"
#include "session/session.hpp"
#include "tmq/consumer.hpp"

#include <boost/asio/steady_timer.hpp>

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace tmq {

/// What a consumer is, shared with its operations under way. consumer.cpp has the subscription and the message loop, offsets.cpp everything
/// about places in the logs.
class consumer::impl final : public std::enable_shared_from_this<impl>, private session_observer, private reply_sink {
  public:
    impl(asio::any_io_executor executor, const config& settings)
        : executor_(executor),
          environment_(std::make_shared<environment>(settings)),
          settings_(environment_->settings),
          progress_(executor, time_point::max()),
          poll_signal_(executor, time_point::max()) {}

    static asio::awaitable<void> subscribe(std::shared_ptr<impl> self, std::vector<std::string> topics);
    static asio::awaitable<void> unsubscribe(std::shared_ptr<impl> self);
    static asio::awaitable<boost::system::result<bool>> try_poll(std::shared_ptr<impl> self, message& out, milliseconds timeout);
    static asio::awaitable<bool> poll(std::shared_ptr<impl> self, message& out, milliseconds timeout);
    static asio::awaitable<void> close(std::shared_ptr<impl> self);
    static asio::awaitable<std::string> version(std::shared_ptr<impl> self);
    static asio::awaitable<std::vector<std::string>> subscription(std::shared_ptr<impl> self);

    static asio::awaitable<void> commit(std::shared_ptr<impl> self, const message& processed);
    static asio::awaitable<void> commit(std::shared_ptr<impl> self, std::vector<topic_partition> offsets);
    static asio::awaitable<void> commit(std::shared_ptr<impl> self);
    static asio::awaitable<std::vector<std::optional<std::int64_t>>> committed(std::shared_ptr<impl> self, std::vector<topic_partition> partitions);
    static asio::awaitable<std::vector<assigned_vgroup>> assignment(std::shared_ptr<impl> self, std::string topic);
    static asio::awaitable<std::vector<topic_partition>> position(std::shared_ptr<impl> self, std::vector<topic_partition> partitions);
    static asio::awaitable<std::vector<vgroup_lag>> lag(std::shared_ptr<impl> self);
    static asio::awaitable<void> seek(std::shared_ptr<impl> self, std::vector<topic_partition> targets);
    /// To an end of the logs of a topic, or of one of them.
    enum class log_end : std::uint8_t { beginning, end };
    static asio::awaitable<void> seek_to(std::shared_ptr<impl> self, log_end where, std::string topic, std::optional<std::int32_t> vgroup);

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
    tmq::stats stats() const;
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
    /// Why an operation that began in this generation cannot go on.
    failure obstacle_since(std::uint64_t generation) const {
        if (failure why = unusable()) return why;
        return generation == generation_ ? failure() : failure(errc::cancelled);
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
    void fetch();
    /// While one lives, the message loop sends nothing and delivers nothing.
    class loop_hold;
    /// Until the server has answered what the message loop has asked. For the holder of a loop_hold.
    asio::awaitable<failure> loop_at_rest();
    asio::awaitable<failure> commit_offset(std::uint64_t generation, std::string topic, std::int32_t vgroup, std::int64_t offset);
    asio::awaitable<failure> commit_polled(std::uint64_t generation);
    /// Notes in the position what came of committing an offset; returns why it did not succeed.
    failure note_commit(std::uint64_t generation, std::optional<std::size_t> position, std::int64_t offset, const failure& outcome);
    std::int64_t start_of(const message& waiting) const;
    void wake_poll(const failure& why);
    void count_delivery(const message& delivered);
    /// What the message loop has against a reply; everything else is for the poll that waits.
    errc judge(const failure& why);
    boost::system::result<bool> fail_poll(failure why) {
        last_poll_failure_ = std::move(why);
        return {boost::system::in_place_error, last_poll_failure_.code};
    }

    void on_progress() override {
        if (holds_ != 0) progress_.cancel();
        pump();
    }
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

    std::vector<std::string> topics_;  ///< of the subscription
    positions positions_;

    message_fetcher fetcher_;
    std::size_t holds_ = 0;        ///< loop_holds that live
    asio::steady_timer progress_;  ///< cancelled when something has happened that loop_at_rest may wait for
    time_point ready_since_;       ///< when the message that is ready became so
    asio::steady_timer poll_signal_;
    bool is_polling_ = false;
    time_point poll_deadline_;
    bool poll_unanswered_ = false;  ///< the waiting poll has not asked the server yet
    failure poll_failure_;          ///< for the poll that waits, or the next one
    failure last_poll_failure_;     ///< what try_poll returned as a bare code
};

class consumer::impl::loop_hold {
  public:
    explicit loop_hold(impl& owner) noexcept : owner_(owner) { ++owner_.holds_; }
    loop_hold(const loop_hold&) = delete;
    loop_hold& operator=(const loop_hold&) = delete;
    /// The poll that waits sends what had to wait.
    ~loop_hold() {
        --owner_.holds_;
        owner_.poll_signal_.cancel();
    }

  private:
    impl& owner_;
};

}  // namespace tmq
