#pragma once

#include "subscription/assignment_watch.hpp"
#include "subscription/commit_queue.hpp"
#include "subscription/message_reader.hpp"
#include "subscription/placement.hpp"
#include "subscription/positions.hpp"
#include "subscription/reconnection.hpp"
#include "subscription/request.hpp"
#include "subscription/settlement.hpp"
#include "tmq/config.hpp"
#include "tmq/event.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tmq::subscription {

/// Background commits still to be sent, the next one last.
struct commit_round {
    std::vector<partition_offset> targets;
    failure refusal;  ///< of the next one
};

/// Next task of the owner of a subscription, and the call that reports its end.
enum class task_kind : std::uint8_t {
    sleep,       ///< do nothing until `due`, unless something happens earlier
    disconnect,  ///< close the connection, for disconnect_reason(): disconnected()
    connect,     ///< make a connection and ask for the server's version: connected() or connect_failed()
    join,        ///< subscribe to topics(): joined() or join_refused()
    ask,         ///< send asked() and wait for the answer: answered()
    start,       ///< ask the application where each of gained() starts: started()
    rest,        ///< wait until neither a poll nor a fetch is in progress: rested()
    end,         ///< the subscription is over, see ended_by()
};

struct task {
    task_kind kind = task_kind::end;
    std::chrono::steady_clock::time_point due{};
};

/// Decides everything that one subscription of a consumer does: when to connect, subscribe, place the
/// vgroups, poll, fetch, commit, check the assignment, sleep and give up; and the meaning of each reply,
/// refusal and loss. It has no clock and no socket: its owner reports what happens, with the time, and
/// carries out the tasks of next() and the requests of next_read().
///
/// Two lanes run side by side. The lane of messages (next_read) polls and fetches. The lane of duties (next)
/// keeps the subscription alive, one duty at a time; while a duty moves the server's positions, the lane of
/// messages rests.
///
/// A failure of the waiting poll is kept until take_poll_failure(), events until take_events(), outcomes of
/// background commits until take_completions(). None of these is lost if nobody waits for it.
class subscription {
  public:
    using time_point = std::chrono::steady_clock::time_point;
    using milliseconds = std::chrono::milliseconds;

    /// Life of the subscription, as the application sees it. Transitions: idle -> starting -> active -> idle;
    /// starting -> idle.
    enum class stage : std::uint8_t {
        idle,      ///< none
        starting,  ///< the first connection is being made
        active,    ///< messages are read, at the latest when the connection is re-established
    };
    /// State of the connection. Transitions: down -> connecting -> joining -> placing -> up; from each of
    /// them
    /// -> down. A subscription on an open connection starts with down -> joining; one to snapshots, which
    /// have no positions, skips placing.
    enum class link : std::uint8_t {
        down,        ///< no connection, or one to be closed
        connecting,  ///< a connection is being made
        joining,     ///< the connection is open, and the server is asked for the subscription
        placing,     ///< the server has the subscription, and a placement of the vgroups is carried out
        up,          ///< messages flow
    };
    /// Duty in progress, while the link is placing or up.
    enum class duty : std::uint8_t {
        none,        ///< no duty is in progress
        resting,     ///< the lane of messages comes to rest before the assignment is checked
        placing,     ///< a placement is carried out
        settling,    ///< its outcome is applied, see settlement
        comparing,   ///< a background commit is compared with what the group has committed
        committing,  ///< the background commit is sent
        gathering,   ///< only a commit of everything works: the lane of messages comes to rest before it
        bulk,        ///< everything is committed
    };

    /// `settings` must outlive it.
    subscription(const config& settings, std::uint64_t seed);

    // ---- life
    /// Begins a new subscription. `is_connected`: on an open connection.
    void start(std::vector<std::string> topics, bool is_connected, time_point now);
    /// Ends the subscription. `why` is empty if the application asked for the end.
    void end(const failure& why);
    stage state() const noexcept { return stage_; }
    bool is_active() const noexcept { return stage_ == stage::active; }
    bool is_up() const noexcept { return link_ == link::up; }
    /// Number of lost connections that were re-established, by all subscriptions.
    std::uint64_t reconnections() const noexcept { return reconnections_; }
    /// Reason for the end of the last subscription; empty if the application asked for it.
    const failure& ended_by() const noexcept { return ended_by_; }
    /// Returns why the subscription was not made. ended_by() is empty then, unless an established connection
    /// broke.
    failure take_start_failure();
    const std::vector<std::string>& topics() const noexcept { return topics_; }

    // ---- lane of duties
    task next(time_point now);
    const request& asked() const noexcept { return request_; }
    const failure& disconnect_reason() const noexcept { return reconnection_.loss(); }
    void disconnected() noexcept { reconnection_.disconnected(); }
    /// Handles the close, or the loss, of a connection without a subscription.
    void dropped(const failure& why) { report_disconnection(why); }
    void lost_idle(const failure& why) {
        ended_by_ = why;
        report_disconnection(why);
    }
    void connected(std::string_view server_version, const endpoint& peer);
    /// `had_transport`: TCP or TLS was established, so that a wrong address or certificate is not the cause.
    void connect_failed(const failure& why, bool had_transport, time_point now);
    void joined(time_point now);
    void join_refused(const failure& why, time_point now);
    void answered(answer reply, time_point now);
    /// Makes the application say where a vgroup starts. For the next subscription.
    void ask_for_starts(bool value) noexcept { asks_for_starts_ = value; }
    std::vector<topic_partition> gained() const { return placement_->gained(); }
    /// `refused`: what the application has thrown. `named`: offsets of some or all of gained().
    void started(const failure& refused, std::span<const partition_offset> named);
    void rested(time_point now);
    /// Handles the loss of the connection. Unless the link is up, it only notes the reason: the task in
    /// progress reports its own failure.
    void lose_link(const failure& why, time_point now);
    /// True if `why` ends only the connection, and not the subscription.
    bool recovers_from(const failure& why) const noexcept;
    /// True while the duty in progress waits for the lane of messages to come to rest.
    bool is_resting() const noexcept { return duty_ == duty::resting || duty_ == duty::gathering; }
    /// True while the server's positions are moved, or committed as they are: nobody else may move them.
    bool is_moving() const noexcept {
        return link_ == link::up && duty_ != duty::none && duty_ != duty::comparing &&
               duty_ != duty::committing;
    }
    bool is_committing() const noexcept { return duty_ >= duty::comparing; }
    /// True once after something that may have made a duty due, or that an operation may wait for.
    bool take_attention() noexcept { return std::exchange(has_attention_, false); }

    // ---- lane of messages
    /// Begins a poll of the application, which has processed the last delivered message.
    void begin_poll(time_point now);
    std::optional<read_request> next_read(const waiting_poll& poll, message_reader::connection_load load,
                                          time_point now);
    /// Handle replies. Return defect_code{}, or why the reply breaks the protocol: the connection must end
    /// then.
    defect_code on_poll_reply(const protocol::reply& reply, time_point received_at,
                              time_point::duration shortest_round_trip);
    defect_code on_fetch_reply(const protocol::reply& reply, time_point received_at);
    defect_code on_fetch_reply(const wire::fetch_reply& reply,
                               const std::function<void(detail::byte_buffer&)>& take_payload,
                               time_point received_at);
    void on_no_reply(const failure& why);
    bool can_deliver() const noexcept { return can_read() && !reader_.is_paused(); }
    /// The same for a message that the application does not get.
    bool can_read() const noexcept { return reader_.has_message() && holds_ == 0 && !is_moving(); }
    void fail_poll(const failure& why) noexcept;
    bool has_poll_failure() const noexcept { return static_cast<bool>(poll_failure_); }
    failure take_poll_failure() { return std::exchange(poll_failure_, failure()); }
    /// While held, the lane of messages sends and delivers nothing.
    void hold() noexcept { ++holds_; }
    void release() noexcept;
    bool is_held() const noexcept { return holds_ != 0; }
    void pause(bool value) noexcept { reader_.pause(value); }

    // ---- operations of the application
    /// Adds a background commit. take_completions() returns its handler.
    void commit_in_background(const partition_offset& partition, commit_queue::handler done);
    /// Commits everything processed at once, since the subscription is about to end. True if there is
    /// anything to commit.
    bool begin_leaving();
    void end_leaving() noexcept;
    bool is_leaving() const noexcept { return is_leaving_; }
    bool has_to_leave() const noexcept { return commits_.is_urgent() || is_committing(); }

    /// Consequence of a refused request.
    enum class verdict : std::uint8_t {
        fail,    ///< report the refusal to the application
        retry,   ///< send the request again after a while: see retry_schedule
        await,   ///< the vgroup is missing since the reconnect: send the request again when it has returned
        rejoin,  ///< only a new subscription helps: call lose_link(), then send the request again
    };
    /// `index`: of the vgroup, if the request is about one only. `tries`: earlier refusals of the request.
    verdict classify_refusal(const failure& refused, std::optional<std::size_t> index) const noexcept;
    verdict classify_commit_refusal(const failure& refused, std::optional<std::size_t> index,
                                    int tries) const noexcept;
    /// True if a commit of everything may work where this commit was refused.
    static bool may_commit_in_bulk(const failure& refused, std::optional<std::size_t> index,
                                   int tries) noexcept;
    bool is_ours(std::optional<std::size_t> index) const noexcept;
    bool is_awaited(std::optional<std::size_t> index) const noexcept {
        return index && is_active() && positions_[*index].is_awaited;
    }
    /// Index of the vgroup of `partitions`, when all of them are this consumer's.
    std::optional<std::size_t> common_vgroup(const std::vector<partition_offset>& partitions) const noexcept;
    std::uint64_t checks() const noexcept { return watch_.checks(); }
    void check_soon() noexcept;

    /// Handles the answer to a commit of one offset. Returns why the commit failed.
    failure note_commit(std::optional<std::size_t> index, std::int64_t offset, const failure& refused);
    void give_up_commit(std::optional<std::size_t> index, const failure& why) noexcept;
    /// True if a commit of everything polled commits `offset` of that vgroup, and nothing else.
    bool can_commit_in_bulk(std::size_t index, std::int64_t offset) const noexcept;
    /// True if a commit of everything polled commits nothing that the application has not processed.
    bool can_commit_all() const noexcept {
        // A misplaced message was dropped, but has moved the server's position.
        return !reader_.has_undelivered() && !positions_.has_displaced() && !positions_.has_unacknowledged();
    }

    void sought(const partition_offset& target);
    /// Puts a vgroup back to `offset`, if it is known, by a placement: the server's position was moved for a
    /// search.
    void return_to(std::size_t index, std::optional<std::int64_t> offset);
    void unsure(const partition_offset& target) { reader_.unsure(target); }
    /// False if the answer lacks a vgroup of this consumer: 3.3.5 may leave one out.
    bool is_complete(const std::string& topic, const std::vector<protocol::vgroup_assignment>& listed) const;
    /// Fills in bounds that the server does not know for the moment, and remembers those that it does.
    void fill_in(const std::string& topic, std::vector<protocol::vgroup_assignment>& listed);
    /// Fills in positions that are known here. False if a position is not known.
    bool know_positions(std::vector<partition_offset>& partitions) const;
    /// Changes the server's positions to those of the application: messages that it has not taken count as
    /// not read.
    void correct_positions(std::vector<partition_offset>& partitions) const;
    std::optional<std::int64_t> entries_left(const std::string& topic,
                                             const protocol::vgroup_assignment& listed,
                                             std::int64_t position);
    /// Returns the vgroups that have delivered something: for snapshots, which have no assignment.
    std::vector<protocol::vgroup_assignment> known_vgroups(const std::string& topic) const;
    bool keeps_places() const noexcept { return !settings_.snapshot().value_or(false); }

    positions& places() noexcept { return positions_; }
    const positions& places() const noexcept { return positions_; }
    message_reader& reader() noexcept { return reader_; }
    const message_reader& reader() const noexcept { return reader_; }

    // ---- outcomes
    std::vector<event> take_events() { return std::exchange(events_, {}); }
    bool has_events() const noexcept { return !events_.empty(); }
    std::vector<commit_queue::completion> take_completions() { return std::exchange(completions_, {}); }
    bool has_completions() const noexcept { return !completions_.empty(); }

  private:
    task ask(request question) {
        request_ = std::move(question);
        is_asking_ = true;
        return {task_kind::ask, {}};
    }
    /// Not inline: g++ 12 takes the other alternatives of the variant for uninitialized memory.
    void add_event(event added);
    void report_disconnection(const failure& why);
    void report_attempt(milliseconds wait);

    std::optional<task> next_attempt(time_point now);
    void fail_attempt(const failure& why, bool had_transport, time_point now);
    void activate_link(time_point now);

    std::optional<task> next_of_duty(time_point now);
    std::optional<task> choose_duty(time_point now);
    bool is_check_due(time_point now) const noexcept;
    time_point next_duty(time_point now) const noexcept;
    void begin_placement(time_point patience_end, bool may_advance);
    std::optional<task> next_of_placement(time_point now);
    void answer_placement(const answer& reply, time_point now);
    void end_placement(time_point now);
    void begin_settling();
    std::optional<task> next_of_settling(time_point now);
    void answer_settling(const answer& reply);
    void give_up(const std::vector<partition_offset>& revoked);
    void finish_settling(time_point now);
    void report_losses();
    std::optional<task> next_of_round(time_point now);
    void answer_comparison(const answer& reply, time_point now);
    void answer_commit(const failure& refused, time_point now);
    void end_commit(const failure& why, time_point now);
    void end_round(bool is_complete, time_point now);
    void clear_duty() noexcept;
    void interrupt_duty(const failure& why, time_point now);
    defect_code handle_read_outcome(const failure& why, time_point received_at);

    const config& settings_;
    std::vector<std::string> topics_;
    positions positions_;
    message_reader reader_;
    assignment_watch watch_;
    commit_queue commits_;
    reconnection reconnection_;

    stage stage_ = stage::idle;
    link link_ = link::down;
    duty duty_ = duty::none;
    failure ended_by_;
    bool is_reported_connected_ = false;
    bool is_asking_ = false;  ///< the answer to request_, or that of the application, is due
    bool asks_for_starts_ = false;
    request request_;

    std::optional<placement> placement_;
    std::optional<settlement> settlement_;  ///< of placement_
    time_point await_end_{};                ///< missing vgroups are awaited until then
    commit_round round_;
    time_point joined_at_{};
    std::uint64_t reconnections_ = 0;
    std::size_t holds_ = 0;  ///< see hold()
    bool is_leaving_ = false;
    bool has_attention_ = false;
    failure poll_failure_;
    std::vector<event> events_;
    std::vector<commit_queue::completion> completions_;
};

}  // namespace tmq::subscription
