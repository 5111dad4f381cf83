#pragma once

#include "consumer/wait_point.hpp"
#include "net/session.hpp"
#include "subscription/backoff.hpp"
#include "subscription/message_fetcher.hpp"
#include "subscription/placement.hpp"
#include "subscription/poll_pace.hpp"
#include "subscription/positions.hpp"
#include "subscription/read_ahead.hpp"
#include "subscription/retry_schedule.hpp"
#include "subscription/silence.hpp"
#include "tmq/consumer.hpp"
#include "tmq/event.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/intrusive/list.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace tmq {

/// What a consumer is, shared with its operations under way: consumer.cpp has its life, message_loop.cpp how messages get to the application,
/// offsets.cpp everything about places in the logs, and supervision.cpp what goes on by itself while it is subscribed.
class consumer::impl final : public std::enable_shared_from_this<impl>, private net::session_observer, private net::reply_sink {
  public:
    impl(asio::any_io_executor executor, const config& settings);

    static asio::awaitable<void> subscribe(std::shared_ptr<impl> self, std::vector<std::string> topics);
    static asio::awaitable<void> unsubscribe(std::shared_ptr<impl> self);
    static asio::awaitable<boost::system::result<bool>> try_poll(std::shared_ptr<impl> self, message& out, milliseconds timeout);
    static asio::awaitable<bool> poll(std::shared_ptr<impl> self, message& out, milliseconds timeout);
    static asio::awaitable<void> close(std::shared_ptr<impl> self);
    static asio::awaitable<std::string> version(std::shared_ptr<impl> self);
    static asio::awaitable<std::vector<std::string>> subscription(std::shared_ptr<impl> self);
    void pause() noexcept { is_paused_ = true; }
    void resume() {
        is_paused_ = false;
        poll_wait_.post();
    }

    static asio::awaitable<void> commit(std::shared_ptr<impl> self, const message& processed);
    static asio::awaitable<void> commit(std::shared_ptr<impl> self, std::vector<topic_partition> offsets);
    static asio::awaitable<void> commit(std::shared_ptr<impl> self);
    void commit_async(const message& processed, commit_handler done);
    void acknowledge(const message& finished);
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
        lose_subscription(base::failure(errc::cancelled));
        drop_connection(base::failure(errc::cancelled));
    }
    /// The consumer is gone: nothing may go on on its behalf.
    void abandon() {
        ++generation_;
        state_ = state::closed;
        lose_subscription(base::failure(errc::closed));
        drop_connection(base::failure(errc::closed));
    }
    tmq::stats stats() const;
    const std::string& server_version() const noexcept { return server_version_; }
    const asio::any_io_executor& executor() const noexcept { return executor_; }

  private:
    enum class state : std::uint8_t { idle, subscribing, subscribed, unsubscribing, closed };
    /// Whether the server serves the subscription.
    enum class service : std::uint8_t { down, joining, joined };

    using pending_hook = boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;
    /// A request of the application, which stays valid over a reconnect. Keeping it in a list takes no memory, so that nothing can fail where
    /// connections are lost.
    class pending_command : public pending_hook {
      public:
        virtual void send() = 0;
        virtual void fail(const base::failure& why) = 0;

      protected:
        ~pending_command() = default;
    };
    using pending_commands = boost::intrusive::list<pending_command, boost::intrusive::constant_time_size<false>>;
    template <class Wait>
    class command;
    class loop_hold;

    struct asked_commit {
        topic_partition at;
        commit_handler done;
    };

    /// Why nothing but subscribe can work now.
    base::failure unusable() const {
        if (state_ == state::closed) return base::failure(errc::closed);
        if (state_ == state::subscribed) return {};
        return lost_ ? lost_ : base::failure(errc::not_subscribed);
    }
    /// Why the waiting poll cannot go on. What happened to its own request says more than what came of it.
    base::failure obstacle() {
        if (poll_failure_) return std::exchange(poll_failure_, base::failure());
        if (base::failure why = unusable()) return why;
        if (is_leaving_) return base::failure(errc::not_subscribed);
        return fetcher_.next() == subscription::message_fetcher::step::stuck ? fetcher_.obstacle() : base::failure();
    }
    /// Why an operation that began in this generation cannot go on.
    base::failure obstacle_since(std::uint64_t generation) const {
        if (base::failure why = unusable()) return why;
        return generation == generation_ ? base::failure() : base::failure(errc::cancelled);
    }
    void require_subscription() const {
        if (const base::failure why = unusable()) base::throw_failure(why);
    }
    bool is_connected() const noexcept { return session_ != nullptr && session_->is_open(); }
    bool is_joined() const noexcept { return state_ == state::subscribed && service_ == service::joined && is_connected(); }
    /// Whether this takes away the connection only, and not the subscription.
    bool recovers_from(const base::failure& why) const;
    /// Whether another attempt would be refused as well.
    static bool is_hopeless(const base::failure& why);

    // Life: consumer.cpp.
    asio::awaitable<base::failure> connect();
    asio::awaitable<base::failure> join(std::span<const std::string> topics);
    asio::awaitable<base::failure> connect_and_join(std::uint64_t generation, std::span<const std::string> topics);
    asio::awaitable<base::failure> start(std::uint64_t generation, std::span<const std::string> topics);
    bool breaks_half_way(const base::failure& why) const;
    void lose_subscription(const base::failure& why);
    void drop_connection(const base::failure& why);
    void tell(event what);
    void tell_disconnected(const base::failure& why);

    // Messages: message_loop.cpp.
    void pump();
    void pump_ahead() noexcept;
    void poll_server(milliseconds slice);
    void fetch();
    bool may_read_ahead() const;
    bool is_paced();
    bool was_away_too_long(net::time_point now) const;
    errc judge(const base::failure& why);
    void on_announced();
    void on_proof();
    void misplace(std::size_t position);
    void on_message_ready();
    void wake_poll(const base::failure& why);
    void reuse_memory_of(message& done) noexcept;
    void arm_poll_timer(net::time_point due);
    void disarm_poll_timer();
    void count_delivery(const message& delivered, net::time_point::duration was_ready);
    boost::system::result<bool> fail_poll(base::failure why) {
        last_poll_failure_ = std::move(why);
        return {boost::system::in_place_error, last_poll_failure_.code};
    }

    // Offsets: offsets.cpp.
    /// Until the server has answered what the message loop has asked, and nobody else moves its positions. For the holder of a loop_hold.
    asio::awaitable<base::failure> loop_at_rest(bool is_mover = false);
    asio::awaitable<base::failure> commit_offset(std::uint64_t generation, std::string topic, std::int32_t vgroup, std::int64_t offset);
    asio::awaitable<base::failure> commit_polled(std::uint64_t generation);
    bool is_awaited(std::uint64_t generation, std::optional<std::size_t> position) const;
    asio::awaitable<base::failure> returned(std::uint64_t generation, std::optional<std::size_t> position);
    /// Whether the vgroup is this consumer's, as far as it knows.
    bool is_ours(std::optional<std::size_t> position) const {
        return position && (positions_[*position].is_placed || positions_[*position].is_awaited);
    }
    bool may_pass(const base::failure& refused, std::optional<std::size_t> position) const;
    /// Waits until a refused request is worth another try; a failure: it is not. `position`: of the vgroup that it concerns, where it is one.
    asio::awaitable<base::failure> passes(base::failure refused, std::uint64_t generation, std::optional<std::size_t> position,
                                          subscription::retry_schedule& tries);
    /// What a refused commit comes to: made in another way, to be sent again, or failed with `why`.
    struct commit_outcome {
        bool is_made = false;
        base::failure why;
    };
    asio::awaitable<commit_outcome> outlast(base::failure refused, std::uint64_t generation, std::optional<std::size_t> position, std::int64_t offset,
                                            subscription::retry_schedule& tries);
    asio::awaitable<bool> commit_in_bulk(std::uint64_t generation, std::size_t position, std::int64_t offset);
    void give_up_commit(std::size_t position, const base::failure& why) noexcept;
    std::optional<std::size_t> common_position(const std::vector<topic_partition>& partitions) const;
    bool is_complete(const std::string& topic, const std::vector<assigned_vgroup>& listed) const;
    void fill_in(const std::string& topic, std::vector<assigned_vgroup>& listed);
    static asio::awaitable<std::vector<assigned_vgroup>> list_assignment(std::shared_ptr<impl> self, std::string topic, bool needs_bounds);
    bool know_position(std::vector<topic_partition>& partitions) const;
    std::vector<assigned_vgroup> known_vgroups(const std::string& topic) const;
    std::optional<std::int64_t> entries_left(const std::string& topic, const assigned_vgroup& listed, std::int64_t position);
    static asio::awaitable<base::failure> seek_one(std::shared_ptr<impl> self, const topic_partition& target, std::uint64_t generation);
    /// Notes in the position what came of committing an offset; returns why it did not succeed.
    base::failure note_commit(std::uint64_t generation, std::optional<std::size_t> position, std::int64_t offset, const base::failure& outcome);
    std::int64_t start_of(const message& waiting) const;

    // What goes on by itself: supervision.cpp.
    static asio::awaitable<void> supervise(std::shared_ptr<impl> self, std::uint64_t generation);
    void lose_link(const base::failure& why);
    asio::awaitable<base::failure> rejoin(std::uint64_t generation);
    asio::awaitable<void> look(std::uint64_t generation);
    subscription::placement::circumstances circumstances(net::time_point patience) const;
    asio::awaitable<base::failure> place(subscription::placement& plan);
    asio::awaitable<void> report(std::uint64_t generation, subscription::placement& plan);
    asio::awaitable<void> commit_finished(std::uint64_t generation, bool with_finished);
    bool answer_asked(const topic_partition& done, const boost::system::error_code& code);
    asio::awaitable<bool> overtaken(std::uint64_t generation, topic_partition at);
    bool waits(const asked_commit& one) const;
    asio::awaitable<base::failure> send_commit(std::uint64_t generation, topic_partition at);
    asio::awaitable<void> last_commit(net::time_point deadline);
    asio::awaitable<void> sleep_until(std::uint64_t generation, net::time_point until);
    /// On the executor, not from inside whatever goes on now.
    void call_handler(commit_handler handler, boost::system::error_code code) noexcept;
    void send_unsent();
    void fail_unsent(const base::failure& why);
    bool keeps_places() const;
    bool is_look_due(net::time_point now) const;
    bool is_commit_due(net::time_point now) const;
    net::time_point next_duty() const;
    net::time_point end_of_awaiting() const;

    void on_progress() override {
        if (holds_ != 0) progress_.cancel();
        pump();
    }
    void on_rest() override {
        if (!ready_.empty()) poll_wait_.resume();
    }
    void on_session_failed(const base::failure& why) override;
    errc on_reply(const protocol::reply& reply) override;
    errc on_binary(const wire::fetch_reply& reply) override;
    void on_failure(const base::failure& why) override;

    asio::any_io_executor executor_;
    std::shared_ptr<net::environment> environment_;
    const config& settings_;
    state state_ = state::idle;
    bool is_leaving_ = false;  ///< unsubscribe or close commits for the last time
    /// Counts what takes the connection away from an operation under way; an operation of an older generation leaves it alone.
    std::uint64_t generation_ = 0;
    std::shared_ptr<net::session> session_;
    base::failure lost_;  ///< why the last subscription ended, when it was not by request
    std::string server_version_;

    std::vector<std::string> topics_;  ///< of the subscription
    subscription::positions positions_;

    subscription::message_fetcher fetcher_;
    subscription::read_ahead ready_;
    subscription::poll_pace pace_;
    subscription::silence silence_;
    bool has_polled_ = false;        ///< since the subscription, on this connection
    std::size_t holds_ = 0;          ///< loop_holds that live
    asio::steady_timer progress_;    ///< cancelled when something has happened that loop_at_rest may wait for
    client::wait_point poll_wait_;   ///< of the poll that waits
    asio::steady_timer poll_timer_;  ///< for its deadline, or an earlier one
    bool is_poll_timer_armed_ = false;
    bool is_polling_ = false;
    bool is_paused_ = false;
    bool is_exact_ = true;  ///< every message had log offsets
    net::time_point poll_deadline_;
    std::optional<net::time_point> last_poll_;  ///< of the application
    bool poll_unanswered_ = false;              ///< the waiting poll has not asked the server yet
    std::uint32_t refusals_ = 0;                ///< of polls and fetches, one after the other
    base::failure poll_failure_;                ///< for the poll that waits, or the next one
    base::failure last_poll_failure_;           ///< what try_poll returned as a bare code

    service service_ = service::down;
    base::failure link_loss_;
    net::time_point joined_at_;
    subscription::backoff backoff_;
    asio::steady_timer supervisor_;  ///< cancelled when there may be something to do
    pending_commands unsent_;
    bool is_moving_ = false;        ///< the supervisor moves the server's positions
    bool needs_placement_ = false;  ///< a vgroup was found where it cannot be: no more messages before it is put right
    bool look_soon_ = false;        ///< something hints at vgroups that have come or gone
    std::uint64_t looks_ = 0;       ///< that have ended
    bool is_unsettled_ = false;     ///< vgroups are missing, or the server is not ready
    net::time_point next_look_;     ///< at the assignment
    net::time_point last_look_;
    std::optional<net::time_point> mismatched_since_;  ///< looks are refused as those of a stranger
    net::time_point await_until_;                      ///< vgroups that are missing since the connection was made again
    net::time_point next_commit_;                      ///< by itself
    bool is_committing_ = false;                       ///< by itself: a poll that waits would come between what is committed and what is to be
    bool commit_now_ = false;                          ///< for unsubscribe and close
    std::vector<asked_commit> asked_commits_;
    subscription::retry_schedule commit_tries_;  ///< of commits by itself that the server refuses for a reason that passes
    net::time_point commits_wait_;               ///< until then, after such a refusal

    std::vector<event> untold_;
    bool is_telling_ = false;
    bool is_told_connected_ = false;
};

/// Waits for the reply to one request of the application. When the connection is lost before it comes, the request is sent again on the next one:
/// only for requests that may be carried out twice. Lives in the frame of an operation that keeps `owner` alive; so must `write`.
template <class Wait>
class consumer::impl::command final : public Wait, private pending_command {
  public:
    template <class Write>
    command(impl& owner, protocol::action what, const Write& write)
        : Wait(nullptr, owner.executor_),
          owner_(owner),
          what_(what),
          writer_(&write),
          write_([](const void* writer, protocol::text_buffer& out, std::uint64_t id) { (*static_cast<const Write*>(writer))(out, id); }) {
        if (owner_.state_ == state::subscribed && !owner_.is_joined())
            owner_.unsent_.push_back(*this);
        else
            send();
    }

  private:
    void send() override {
        this->go_over(owner_.session_);
        const auto write = [this](protocol::text_buffer& out, std::uint64_t id) {
            req_id_ = id;
            write_(writer_, out, id);
        };
        owner_.session_->request(what_, this, owner_.settings_.poll_slice(), write);
    }
    void fail(const base::failure& why) override { this->give_up(why); }
    bool survives(const base::failure& why) override {
        const bool is_own_fault = why.req_id == req_id_ && kind_of(why.code) == error_kind::protocol;
        if (is_own_fault || !owner_.recovers_from(why) || losses_++ > owner_.settings_.reconnect_retries()) return false;
        owner_.unsent_.push_back(*this);
        return true;
    }

    impl& owner_;
    protocol::action what_;
    const void* writer_;
    void (*write_)(const void* writer, protocol::text_buffer& out, std::uint64_t id);
    std::uint64_t req_id_ = 0;
    std::uint32_t losses_ = 0;
};

/// While one lives, the message loop sends nothing and delivers nothing.
class consumer::impl::loop_hold {
  public:
    explicit loop_hold(impl& owner) noexcept : owner_(owner) { ++owner_.holds_; }
    loop_hold(const loop_hold&) = delete;
    loop_hold& operator=(const loop_hold&) = delete;
    ~loop_hold() {
        if (--owner_.holds_ != 0) return;
        owner_.poll_wait_.post();
        owner_.progress_.cancel();
        owner_.supervisor_.cancel();
    }

  private:
    impl& owner_;
};

}  // namespace tmq
