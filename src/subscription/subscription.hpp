#pragma once

#include "subscription/assignment_watch.hpp"
#include "subscription/backoff.hpp"
#include "subscription/commit_queue.hpp"
#include "subscription/message_reader.hpp"
#include "subscription/placement.hpp"
#include "subscription/positions.hpp"
#include "subscription/request.hpp"
#include "tmq/config.hpp"
#include "tmq/event.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tmq::subscription {

/// What the owner of a subscription has to do next, and to report when it is done.
struct action {
    enum class kind : std::uint8_t {
        sleep,       ///< nothing before `until`, unless something happens before
        disconnect,  ///< give the connection up, for `why`: disconnected()
        connect,     ///< make a connection and ask for the server's version: connected() or connect_failed()
        join,        ///< subscribe to topics(): joined() or join_refused()
        ask,         ///< send request() and wait for the answer: answered()
        rest,        ///< wait until neither a poll nor a fetch is under way: rested()
        end,         ///< the subscription is over, see ended_by()
    };
    kind what = kind::end;
    std::chrono::steady_clock::time_point until{};
};

/// Decides everything that one subscription of a consumer does: when to connect, subscribe, place the
/// vgroups, poll, fetch, commit, check the assignment, sleep and give up; and what each reply, refusal and
/// loss means. It has no clock and no socket: its owner reports what happens, with the time, and carries out
/// what next() and next_read() ask for.
///
/// Two lanes run side by side. The lane of messages (next_read) polls and fetches. The lane of duties (next)
/// keeps the subscription alive, one duty at a time; while it moves the server's positions the lane of
/// messages stands still.
///
/// A failure of the waiting poll is kept until take_poll_failure(), events until take_events(), outcomes of
/// background commits until take_completions(). None of these is lost when nobody waits for it.
class subscription {
  public:
    using time_point = std::chrono::steady_clock::time_point;
    using milliseconds = std::chrono::milliseconds;

    /// Life of the subscription, as the application sees it. idle -> starting -> active -> idle; starting ->
    /// idle.
    enum class stage : std::uint8_t {
        idle,      ///< none
        starting,  ///< the first connection is being made
        active,    ///< messages are read, or will be as soon as the connection is re-established
    };
    /// The way to the server. down -> connecting -> joining -> placing -> up; each of them -> down.
    enum class link : std::uint8_t {
        down,        ///< no connection, or one to be given up
        connecting,  ///< a connection is being made
        joining,     ///< it is open; the server is asked for the subscription
        placing,     ///< the server has it; the vgroups are put where reading resumes
        up,          ///< messages flow
    };
    /// The duty under way, while the link is placing or up.
    enum class duty : std::uint8_t {
        none,        ///< no duty is in progress
        resting,     ///< the lane of messages comes to rest before the assignment is checked
        placing,     ///< a placement is carried out
        settling,    ///< its outcome is applied: last commits of revoked vgroups, commits that are found for
                     ///< new ones
        comparing,   ///< a background commit: has another member committed more?
        committing,  ///< a background commit
        gathering,   ///< the same where only a commit of everything works: the lane of messages comes to rest
        bulk,        ///< the same: everything is committed
    };

    /// `settings` must outlive it.
    subscription(const config& settings, std::uint64_t seed);

    // ---- life
    /// Begins a new subscription. `is_connected`: on a connection that is open.
    void start(std::vector<std::string> topics, bool is_connected, time_point now);
    /// The subscription is over. An empty `why`: as the application has asked.
    void end(const failure& why);
    stage state() const noexcept { return stage_; }
    bool is_active() const noexcept { return stage_ == stage::active; }
    bool is_up() const noexcept { return link_ == link::up; }
    /// Times that a lost connection was re-established, of all subscriptions.
    std::uint64_t reconnections() const noexcept { return reconnections_; }
    /// Why the last subscription ended; empty when it was asked to.
    const failure& ended_by() const noexcept { return ended_by_; }
    /// Why the subscription was not made. A refusal is forgotten with that; that a connection broke that
    /// stood is remembered as ended_by().
    failure take_start_failure();
    const std::vector<std::string>& topics() const noexcept { return topics_; }

    // ---- lane of duties
    action next(time_point now);
    const request& asked() const noexcept { return request_; }
    const failure& disconnect_reason() const noexcept { return loss_; }
    void disconnected() noexcept { needs_disconnect_ = false; }
    /// The connection was given up, or broke, while there was no subscription.
    void dropped(const failure& why) { report_disconnection(why); }
    void lost_idle(const failure& why) {
        ended_by_ = why;
        report_disconnection(why);
    }
    void connected(std::string_view server_version, const endpoint& peer);
    /// `had_transport`: TCP or TLS stood, so that a wrong address or certificate is not the cause.
    void connect_failed(const failure& why, bool had_transport, time_point now);
    void joined(time_point now);
    void join_refused(const failure& why, time_point now);
    void answered(answer said, time_point now);
    void rested(time_point now);
    /// The connection is lost. Does nothing unless the link is up: what is under way before that reports its
    /// own failure.
    void lose_link(const failure& why, time_point now);
    /// True if `why` takes away the connection only, and not the subscription.
    bool recovers_from(const failure& why) const noexcept;
    /// True while the duty under way waits for the lane of messages to come to rest.
    bool is_resting() const noexcept { return duty_ == duty::resting || duty_ == duty::gathering; }
    /// True while the server's positions are moved, or committed where they are: nobody else may move them.
    bool is_moving() const noexcept {
        return link_ == link::up && duty_ != duty::none && duty_ != duty::comparing &&
               duty_ != duty::committing;
    }
    bool is_committing() const noexcept { return duty_ >= duty::comparing; }
    /// True after something happened that may have made a duty due, or that somebody may wait for, until
    /// taken.
    bool take_attention() noexcept { return std::exchange(has_attention_, false); }

    // ---- lane of messages
    /// A poll of the application begins: it has processed what was delivered last.
    void begin_poll(time_point now);
    std::optional<read_request> next_read(const waiting_poll& poll, message_reader::connection_load load,
                                          time_point now);
    /// Replies. Return what speaks against the reply: the connection that has brought it is not to be
    /// trusted.
    errc on_poll_reply(const protocol::reply& reply, time_point received_at,
                       time_point::duration shortest_round_trip);
    errc on_fetch_reply(const protocol::reply& reply, time_point received_at);
    errc on_fetch_reply(const wire::fetch_reply& reply,
                        const std::function<void(detail::byte_buffer&)>& take_payload,
                        time_point received_at);
    void on_no_reply(const failure& why);
    bool can_deliver() const noexcept;
    void fail_poll(const failure& why) noexcept;
    bool has_poll_failure() const noexcept { return static_cast<bool>(poll_failure_); }
    failure take_poll_failure() { return std::exchange(poll_failure_, failure()); }
    /// While held, the lane of messages sends and delivers nothing.
    void hold() noexcept { ++holds_; }
    void release() noexcept;
    bool is_held() const noexcept { return holds_ != 0; }
    void pause(bool value) noexcept { reader_.pause(value); }

    // ---- operations of the application
    /// Background commits. Handlers come back from take_completions().
    void commit_in_background(const topic_partition& partition, commit_queue::handler done);
    /// The subscription is about to end: everything processed is committed at once. True if there is
    /// anything.
    bool begin_leaving();
    void end_leaving() noexcept;
    bool is_leaving() const noexcept { return is_leaving_; }
    bool has_to_leave() const noexcept { return commits_.is_urgent() || is_committing(); }

    /// What comes of a refused request.
    enum class verdict : std::uint8_t {
        fail,    ///< report it to the application
        retry,   ///< send it again after a while: see retry_schedule
        await,   ///< the vgroup is missing since the reconnect: send it again when it is known whether it
                 ///< comes back
        rejoin,  ///< only a new subscription helps: lose_link(), then send it again
    };
    /// `index`: of the one vgroup that the request is about, if it is about one. `tries`: so many times it
    /// was refused before.
    verdict judge(const failure& refused, std::optional<std::size_t> index) const noexcept;
    verdict judge_commit(const failure& refused, std::optional<std::size_t> index, int tries) const noexcept;
    /// True if a commit of everything may work where this commit was refused.
    static bool may_commit_in_bulk(const failure& refused, std::optional<std::size_t> index,
                                   int tries) noexcept;
    bool is_ours(std::optional<std::size_t> index) const noexcept;
    bool is_awaited(std::optional<std::size_t> index) const noexcept {
        return index && is_active() && positions_[*index].is_awaited;
    }
    /// Index of the vgroup of `partitions`, when all of them are this consumer's.
    std::optional<std::size_t> common_vgroup(const std::vector<topic_partition>& partitions) const noexcept;
    std::uint64_t checks() const noexcept { return watch_.checks(); }
    void check_soon() noexcept;

    /// A commit of one offset was answered. Returns why it did not succeed.
    failure note_commit(std::optional<std::size_t> index, std::int64_t offset, const failure& refused);
    void give_up_commit(std::optional<std::size_t> index, const failure& why) noexcept;
    /// True if a commit of all that was polled commits `offset` of that vgroup, and nothing else.
    bool can_commit_in_bulk(std::size_t index, std::int64_t offset) const noexcept;
    /// True if a commit of all that was polled commits nothing that the application has not processed.
    bool can_commit_all() const noexcept {
        // A message that was dropped because it was out of place has moved the server's position all the
        // same.
        return !reader_.has_undelivered() && !positions_.has_displaced() && !positions_.has_unfinished();
    }

    void sought(const topic_partition& target);
    void unsure(const topic_partition& target) { reader_.unsure(target); }
    /// False when an answer lacks a vgroup of this consumer, which 3.3.5 may leave out.
    bool is_complete(const std::string& topic, const std::vector<assigned_vgroup>& listed) const;
    /// Fills in bounds that the server does not know for a while, and remembers those that it does.
    void fill_in(const std::string& topic, std::vector<assigned_vgroup>& listed);
    /// Fills in positions from what is known here. Returns false when a position is not known.
    bool know_positions(std::vector<topic_partition>& partitions) const;
    /// The server's positions, as the application sees them: messages that it has not taken count as not
    /// read.
    void correct_positions(std::vector<topic_partition>& partitions) const;
    std::optional<std::int64_t> entries_left(const std::string& topic, const assigned_vgroup& listed,
                                             std::int64_t position);
    /// Returns the vgroups that have delivered something, for snapshots, which have no positions in a log.
    std::vector<assigned_vgroup> known_vgroups(const std::string& topic) const;
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
    action act(action::kind what) const noexcept { return {what, {}}; }
    action ask(request what) {
        request_ = std::move(what);
        is_asking_ = true;
        return act(action::kind::ask);
    }
    void add_event(event what) { events_.push_back(std::move(what)); }
    void report_disconnection(const failure& why);

    std::optional<action> next_attempt(time_point now);
    void fail_attempt(const failure& why, bool had_transport, time_point now);
    bool breaks_half_way(const failure& why, bool had_transport) const noexcept;
    std::optional<milliseconds> wait_before_attempt(const failure& why, bool had_transport, time_point now);
    void come_up(time_point now);

    std::optional<action> next_of_duty(time_point now);
    std::optional<action> choose_duty(time_point now);
    bool is_check_due(time_point now) const noexcept;
    time_point next_duty(time_point now) const noexcept;
    void begin_placement(time_point patience, bool may_advance);
    std::optional<action> next_of_placement(time_point now);
    void answer_placement(const answer& said, time_point now);
    void end_placement(time_point now);
    void begin_settling();
    std::optional<action> next_of_settling(time_point now);
    void answer_settling(const answer& said);
    void drop_revoked();
    void finish_settling(time_point now);
    void report_losses();
    std::optional<action> next_of_round(time_point now);
    void answer_comparison(const answer& said, time_point now);
    void answer_commit(const failure& refused, time_point now);
    void end_commit(const failure& why, time_point now);
    void end_round(bool is_complete, time_point now);
    void interrupt_duty(const failure& why, time_point now);
    errc classify(const failure& why, time_point received_at);

    const config& settings_;
    std::vector<std::string> topics_;
    positions positions_;
    message_reader reader_;
    assignment_watch watch_;
    commit_queue commits_;
    backoff backoff_;
    retry_schedule start_tries_;  ///< of a first subscription that is refused for a reason that passes

    stage stage_ = stage::idle;
    link link_ = link::down;
    duty duty_ = duty::none;
    failure ended_by_;
    failure loss_;                          ///< why the link is down
    std::optional<time_point> attempt_at_;  ///< the next connection is made then
    bool needs_disconnect_ = false;
    bool is_reported_connected_ = false;
    bool is_link_gone_ = false;  ///< lost while the subscription was being made
    bool is_asking_ = false;     ///< the answer to request_ is due
    request request_;

    std::optional<placement> placement_;
    time_point await_until_{};  ///< vgroups that are missing since the connection was made are awaited
    std::vector<topic_partition> revoked_;       ///< vgroups to give up, with the offsets that were reached
    std::vector<topic_partition> last_commits_;  ///< of revoked vgroups, still to be sent
    bool has_found_commits_ = false;
    std::vector<topic_partition> round_;  ///< background commits still to be sent, the next one last
    failure commit_refusal_;              ///< of the next one
    time_point joined_at_{};
    std::uint64_t reconnections_ = 0;
    std::size_t holds_ = 0;
    bool is_leaving_ = false;
    bool has_attention_ = false;
    failure poll_failure_;
    std::vector<event> events_;
    std::vector<commit_queue::completion> completions_;
};

}  // namespace tmq::subscription
