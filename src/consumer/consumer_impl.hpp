#pragma once

#include "consumer/event_queue.hpp"
#include "consumer/executor_check.hpp"
#include "consumer/interruption.hpp"
#include "consumer/poll_gate.hpp"
#include "consumer/question.hpp"
#include "consumer/state_board.hpp"
#include "consumer/statistics.hpp"
#include "net/session.hpp"
#include "subscription/subscription.hpp"
#include "tmq/consumer.hpp"
#include "tmq/event.hpp"

#include <boost/asio/steady_timer.hpp>

#include <cassert>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tmq {

namespace asio = boost::asio;

/// A consumer, shared with its operations in progress. subscription::subscription decides; this class carries
/// it out: life in consumer.cpp, polls in polling.cpp, offsets in offsets.cpp, background duties in
/// duties.cpp, what it reports of itself in state.cpp.
///
/// Coroutines that the application awaits are static and own the consumer: they start when they are awaited,
/// and the consumer object that made them may be gone by then.
class consumer::impl final : public std::enable_shared_from_this<impl>,
                             private net::session_observer,
                             private net::reply_sink {
  public:
    using milliseconds = std::chrono::milliseconds;

    impl(asio::any_io_executor executor, const config& settings);

    static asio::awaitable<void> subscribe(std::shared_ptr<impl> self, std::vector<std::string> topics);
    static asio::awaitable<void> unsubscribe(std::shared_ptr<impl> self);
    /// Polls. `Result` is bool, and failures are thrown, or a result<bool>. Not one in terms of the other,
    /// since a coroutine frame more would be paid for every message. `delivers`: to the application;
    /// otherwise the message is read for a search.
    template <class Result, bool delivers = true>
    static asio::awaitable<Result> poll_as(std::shared_ptr<impl> self, message& out, milliseconds timeout);
    static asio::awaitable<void> close(std::shared_ptr<impl> self);
    void start_from(start_hook hook) { start_hook_ = std::move(hook); }
    void provide_credentials(credentials_provider provider) { provider_ = std::move(provider); }
    static asio::awaitable<std::string> fetch_server_version(std::shared_ptr<impl> self);
    static asio::awaitable<std::vector<std::string>> fetch_subscription(std::shared_ptr<impl> self);
    void pause() {
        core_.pause(true);
        board_.paused(true);
    }
    void resume() {
        core_.pause(false);
        board_.paused(false);
        gate_.wake();
    }

    /// State in which an operation began: the number of the subscription, and of the calls of cancel().
    struct beginning {
        std::uint64_t generation;
        std::uint64_t cancellations;
    };
    /// Subject of a commit, noted when the commit is asked for.
    struct noted_message {
        beginning noted_at;
        std::size_t index;  ///< see positions
        std::int32_t vgroup;
        std::int64_t next_offset;  ///< negative: none
    };
    static asio::awaitable<void> commit(std::shared_ptr<impl> self, const message& processed);
    struct noted_deliveries {
        beginning noted_at;
        std::vector<partition_offset> offsets;
        bool has_inexact;  ///< something was delivered that no offset can commit
    };
    noted_deliveries note_deliveries() const;
    static asio::awaitable<void> commit(std::shared_ptr<impl> self, noted_message processed);
    static asio::awaitable<void> commit(std::shared_ptr<impl> self, std::vector<partition_offset> offsets);
    static asio::awaitable<void> commit(std::shared_ptr<impl> self, noted_deliveries delivered);
    void commit_async(const message& processed, commit_handler done);
    void acknowledge(const message& processed);
    /// *Throws* errc::invalid_argument or errc::no_exact_offset if this cannot be acknowledged.
    void require_acknowledgeable(const receipt& processed) const;
    void acknowledge(const receipt& processed);
    std::uint64_t cancellations() const noexcept { return cancellations_; }
    void forget_delivery() noexcept { core_.places().forget_last(); }
    static asio::awaitable<known_offsets> committed(std::shared_ptr<impl> self,
                                                    std::vector<topic_partition> wanted);
    static asio::awaitable<std::vector<assigned_vgroup>> assignment(std::shared_ptr<impl> self);
    static asio::awaitable<known_offsets> position(std::shared_ptr<impl> self,
                                                   std::vector<topic_partition> partitions);
    static asio::awaitable<std::vector<vgroup_lag>> lag(std::shared_ptr<impl> self);
    static asio::awaitable<void> seek(std::shared_ptr<impl> self, std::vector<partition_offset> targets);
    enum class log_end : std::uint8_t { beginning, end };
    static asio::awaitable<void> seek_to_time(std::shared_ptr<impl> self, std::string topic, timestamp time);
    /// Seeks every assigned vgroup of `topic`, or only `vgroup`, to the first or last offset of its log.
    static asio::awaitable<void> seek_to(std::shared_ptr<impl> self, log_end end, std::string topic,
                                         std::optional<std::int32_t> vgroup);

    void cancel();
    void disconnect();
    /// Stops everything that runs for the consumer, since the consumer object is destroyed.
    void abandon() noexcept;
    // These may be called from any thread.
    tmq::stats stats() const { return statistics_.read(); }
    consumer_state state() const;
    const std::shared_ptr<client::event_queue>& event_queue() const noexcept { return events_; }
    const asio::any_io_executor& executor() const noexcept { return executor_; }

  private:
    enum class life : std::uint8_t {
        open,
        unsubscribing,  ///< the server is asked to forget the subscription
        closing,        ///< close() makes the last commits
        closed,
    };
    /// Prevents polls, fetches and deliveries during its life.
    class read_hold;

    /// True while there is a subscription to work with.
    bool is_usable() const noexcept;
    /// Returns why there is no subscription to work with; empty if there is one.
    base::failure unusable() const;
    /// Returns why the waiting poll cannot resume; empty if it can. Takes the failure that was kept for the
    /// poll.
    base::failure take_obstacle();
    /// Returns why an operation that began then cannot resume; empty if it can.
    base::failure obstacle_since(beginning begun) const;
    void require_executor() const noexcept { assert(client::may_run_here(executor_)); }
    beginning begin_operation() const noexcept {
        require_executor();
        return {generation_, cancellations_};
    }
    /// True if the subscription is the one in which the operation began.
    bool is_current(beginning begun) const noexcept { return begun.generation == generation_; }
    bool is_cancelled(beginning begun) const noexcept { return begun.cancellations != cancellations_; }
    void require_subscription() const;
    bool is_connected() const noexcept { return session_ != nullptr && session_->is_open(); }
    bool is_member() const noexcept { return core_.is_up() && is_connected(); }

    // Life: consumer.cpp.
    void end_subscription(const base::failure& why);
    /// Ends the operations of a subscription that is over.
    void end_operations(const base::failure& why);
    void drop_connection(const base::failure& why);
    static asio::awaitable<void> last_commits(std::shared_ptr<impl> self, net::time_point deadline,
                                              beginning begun);

    // Polls: polling.cpp.
    void send_next_read() { send_next_read(std::chrono::steady_clock::now()); }
    void send_next_read(net::time_point now);
    void read_ahead_of_delivery(net::time_point now) noexcept;
    void send(const subscription::read_request& next);
    void reuse_memory_of(message& done) noexcept;
    template <class Result>
    static Result poll_failure(base::failure why);

    // Offsets: offsets.cpp.
    asio::awaitable<base::failure> wait_for_rest(const read_hold& hold, beginning begun);
    /// Consequence of a refused commit: made in another way, to be sent again, or failed with `why`.
    struct commit_outcome {
        bool is_made = false;
        base::failure why;
    };
    asio::awaitable<base::failure> commit_offset(beginning begun, partition_offset target);
    static asio::awaitable<void> commit_refused(std::shared_ptr<impl> self, beginning begun,
                                                client::subject target, base::failure refused);
    asio::awaitable<base::failure> commit_until_made(beginning begun, client::subject target,
                                                     std::optional<std::size_t> index, base::failure refused);
    bool note_commit(beginning begun, std::optional<std::size_t> index, const client::question& done);
    asio::awaitable<commit_outcome> handle_refused_commit(base::failure refused, beginning begun,
                                                          std::optional<std::size_t> index,
                                                          std::int64_t offset,
                                                          subscription::retry_schedule& tries);
    asio::awaitable<bool> commit_in_bulk(beginning begun, std::size_t index, std::int64_t offset);
    asio::awaitable<base::failure> commit_polled(beginning begun);
    /// Waits until a refused request can be sent again. Returns a failure if it cannot. `index`: of the
    /// vgroup, if the request is about one only.
    asio::awaitable<base::failure> wait_for_retry(base::failure refused, beginning begun,
                                                  std::optional<std::size_t> index,
                                                  subscription::retry_schedule& tries);
    asio::awaitable<base::failure> wait_until_returned(beginning begun, std::optional<std::size_t> index);
    static asio::awaitable<std::vector<protocol::vgroup_assignment>> list_assignment(
        std::shared_ptr<impl> self, std::string topic, bool needs_bounds);
    static asio::awaitable<std::vector<protocol::vgroup_assignment>> list_owned(std::shared_ptr<impl> self,
                                                                                std::string topic);
    static asio::awaitable<std::vector<partition_offset>> list_positions(
        std::shared_ptr<impl> self, std::vector<partition_offset> partitions);
    static asio::awaitable<base::failure> seek_one(std::shared_ptr<impl> self, const partition_offset& target,
                                                   beginning begun);

    // Search of a time: seek_to_time.cpp.
    class search;
    static asio::awaitable<std::optional<timestamp>> read_time(std::shared_ptr<impl> self, search& searching,
                                                               std::size_t index, message& out);
    static asio::awaitable<std::int64_t> find_time(std::shared_ptr<impl> self, search& searching,
                                                   const std::string& topic,
                                                   const protocol::vgroup_assignment& log, timestamp time);

    // Duties: duties.cpp.
    static asio::awaitable<void> run_duties(std::shared_ptr<impl> self, std::uint64_t generation);
    asio::awaitable<void> run(std::uint64_t generation, bool until_active);
    asio::awaitable<void> carry_out(subscription::task next, std::uint64_t generation);
    bool is_over(std::uint64_t generation) const;
    asio::awaitable<void> connect(std::uint64_t generation);
    asio::awaitable<base::failure> renew_credentials();
    asio::awaitable<void> join(std::uint64_t generation);
    asio::awaitable<void> rest(std::uint64_t generation);
    asio::awaitable<void> ask_for_starts(std::uint64_t generation);
    /// Carries out the side effects of a call of the subscription: events, handlers, wake-ups.
    void apply_effects();
    void publish();
    void log(const event& logged) const;

    // Reports: state.cpp.
    void report_progress();
    void note_failure(const base::failure& why);

    void call_handler(subscription::commit_queue::completion outcome) noexcept;

    void on_progress() override;
    void on_rest() override;
    void on_session_failed(const base::failure& why) override;
    base::defect_code on_reply(const protocol::reply& reply) override;
    base::defect_code on_binary(const wire::fetch_reply& reply) override;
    void on_failure(const base::failure& why) override;
    base::defect_code after_reply(base::defect_code objection);

    asio::any_io_executor executor_;
    std::shared_ptr<net::environment> environment_;
    const config& settings_;
    life life_ = life::open;
    /// Number of the subscription. An operation of an older generation does not touch the new subscription.
    std::uint64_t generation_ = 0;
    std::uint64_t cancellations_ = 0;  ///< calls of cancel()
    std::shared_ptr<net::session> session_;
    std::string server_version_;
    credentials_provider provider_;
    start_hook start_hook_;
    subscription::subscription core_;
    client::interruption_list interruptions_;
    client::requests requests_;
    client::poll_gate gate_;
    std::shared_ptr<client::event_queue> events_;
    client::state_board board_;
    client::statistics statistics_;
    asio::steady_timer duty_;            ///< cancelled when a duty may be due
    asio::steady_timer progress_;        ///< cancelled when an operation's condition may have come true
    const read_hold* holder_ = nullptr;  ///< moves or commits the server's positions
    bool is_searching_ = false;          ///< see search
    std::uint64_t changes_ = 0;          ///< calls that may have made a duty due
};

class consumer::impl::read_hold {
  public:
    explicit read_hold(impl& owner) noexcept : owner_(owner) { owner_.core_.hold(); }
    read_hold(const read_hold&) = delete;
    read_hold& operator=(const read_hold&) = delete;
    ~read_hold() {
        if (owner_.holder_ == this) owner_.holder_ = nullptr;
        owner_.core_.release();
        owner_.progress_.cancel();
        owner_.apply_effects();
    }

  private:
    impl& owner_;
};

}  // namespace tmq
