#pragma once

#include "embedded_server/broker/consumer_group.hpp"
#include "embedded_server/broker/reader_set.hpp"
#include "embedded_server/broker/topics.hpp"
#include "embedded_server/protocol/replies.hpp"
#include "embedded_server/protocol/requests.hpp"
#include "embedded_server/protocol/subscribe_rules.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tmq::embedded {

/// A reply and the request it belongs to.
struct outgoing {
    session_id to = 0;
    std::uint64_t req_id = 0;
    action what = action::version;
    frame message;
    std::optional<announced_message> announces{};  ///< of a poll that has found a message; not when it is announced again
    bool crash = false;                            ///< no reply at all: the request brings the whole adapter down
};

/// What the server does, without sockets and without a clock of its own: one session per connection, requests in, replies out.
/// Replies may come later, out of advance(), which is to be called when next_deadline() has come or a log has grown.
class broker {
  public:
    using clock = std::chrono::steady_clock;
    using time_point = clock::time_point;
    using output = std::vector<outgoing>;

    explicit broker(const embedded_server_options& options);

    session_id open();
    /// What a connection is lost with.
    enum class loss { connection, server };
    /// The connection is gone: its member leaves the group, at once or when the options say so.
    void close(session_id id, time_point now, output& out, loss with = loss::connection);
    void handle(session_id id, const request& what, time_point now, output& out);
    void advance(time_point now, output& out);
    std::optional<time_point> next_deadline() const;
    /// To be called after vgroups were added to topics that exist.
    void rebalance_all(time_point now);
    /// Expels the members of a group as max.poll.interval.ms does, and returns how many there were.
    std::size_t evict(std::string_view group, time_point now);
    /// A member without a connection, which never polls. Throws std::invalid_argument when there is no such topic.
    session_id add_ghost(const std::string& group, const std::string& topic, time_point now);
    /// Throws std::invalid_argument when there is no such ghost.
    void remove_ghost(session_id id, time_point now);
    /// Its own address, which is its only instance when the options name none.
    void set_address(std::string host_and_port) {
        if (options_.instances().empty()) instances_ = {std::move(host_and_port)};
    }
    /// Commits an offset for a group, which may let the log grow.
    void set_committed(const std::string& group, const vgroup_key& vgroup, std::int64_t offset);

    /// Removes a topic with all that groups have committed. False, and nothing happens, when a consumer is subscribed to it.
    bool drop_topic(const std::string& name);

    /// Whoever gets it may let logs grow: the next call lets waiting polls look again.
    topic_catalog& topics() noexcept { return moved_ = true, topics_; }
    const topic_catalog& topics() const noexcept { return topics_; }
    const reply_writer& replies() const noexcept { return replies_; }
    std::optional<std::int64_t> committed(std::string_view group, std::string_view topic, std::int32_t vgroup) const;
    std::size_t member_count(std::string_view group) const;
    std::size_t waiting_polls() const noexcept { return waiting_.size(); }
    std::size_t session_count() const noexcept { return sessions_.size(); }

  private:
    /// How far fetching has come in a message.
    struct block_cursor {
        bool brought = false;  ///< raw
        bool split = false;    ///< at the first fetch
        std::optional<std::vector<message_block>> blocks;
        std::size_t next = 0;
    };
    struct delivered {
        poll_result shown;
        std::uint16_t raw_type = 0;
        raw_message raw;
        std::shared_ptr<const std::string> json;
        std::shared_ptr<block_cursor> cursor;  ///< common to all copies
        bool has_rows() const noexcept { return shown.message_type == 1 || shown.message_type == 3; }
        bool has_meta() const noexcept { return shown.message_type == 2 || shown.message_type == 3; }
    };
    struct operation {
        request what;
        time_point arrived;
        std::optional<delivered> message;  ///< fetch: the message as it was when the request came
    };
    /// The operation that holds the connection's lock. Without `due` it waits for ever.
    struct lock_holder {
        operation held;
        std::optional<time_point> due;
    };
    struct session {
        session_id id = 0;
        bool connected = true;      ///< false: a ghost, or dead
        bool has_consumer = false;  ///< a subscribe succeeded once
        bool subscribed = false;
        bool initialised = false;  ///< assignment or poll was called since the subscribe
        bool expelled = false;     ///< max.poll.interval.ms has passed, or an eviction
        int comebacks = 0;         ///< subscribes since then
        consumer_settings settings;
        std::vector<std::string> topics;
        reader_set readers;  ///< of the vgroups it owns, in the order of its topics and their vgroups
        std::uint64_t last_message_id = 0;
        std::optional<delivered> current;
        std::optional<frame> fetched;  ///< what fetch_block brings: the last block or raw message of whatever action
        time_point last_poll{};
        time_point subscribed_at{};
        std::optional<time_point> next_look;  ///< of a waiting poll
        /// When libtaos hears that it was put out; time_point::max() while no poll has made it ask.
        std::optional<time_point> hears_at;
        std::optional<time_point> leaves;  ///< of a dead member: when the group takes note of it
        time_point settles{};              ///< until then assignment knows no offsets
        time_point next_commit{};
        std::optional<lock_holder> running;
        std::deque<operation> queue;
        std::optional<time_point> deadline;  ///< under which it stands among the deadlines
        bool waits_for_data() const noexcept { return running && running->held.what.what == action::poll; }
        bool is_live_member() const noexcept { return connected && subscribed && !expelled; }
    };
    struct failure {
        std::uint32_t code;
        std::string_view text;
    };

    static void reply(const session& to, const operation& of, frame message, output& out);
    void reply_error(const session& to, const operation& of, time_point now, std::uint32_t code, std::string_view text, output& out) const;
    static std::chrono::nanoseconds since(const operation& of, time_point now) { return now - of.arrived; }

    void enqueue(session& on, operation of);
    void run_queue(session& on, time_point now, output& out);
    void execute(session& on, operation of, time_point now, output& out);
    void finish(session& on, time_point now, output& out);
    /// Lets a waiting poll look again; true when that was its end.
    bool serve(session& on, reader_set::occasion why, time_point now, output& out);
    void serve_waiting(time_point now, output& out);

    void start_subscribe(session& on, operation of, time_point now, output& out);
    void finish_subscribe(session& on, const operation& of, time_point now, output& out);
    /// Whether a subscribe takes a consumer back into its group. libtaos that has heard it was put out stays lost.
    bool takes_back(session& on) const;
    void fetch(session& on, operation of, time_point now, output& out);
    void fetch_raw(session& on, const operation& of, time_point now, output& out);
    void next_block(session& on, const operation& of, time_point now, output& out);
    void poll(session& on, operation of, time_point now, output& out);
    /// Answers the poll of an expelled consumer, when libtaos has heard of it.
    bool refuse_poll(session& on, const operation& of, time_point now, output& out) const;
    /// Answers a poll when there is something to answer.
    bool try_poll(session& on, const operation& of, reader_set::occasion why, time_point now, output& out);
    /// Handles the replies that wait, up to the first one with a message.
    bool handle_replies(session& on, const operation& of, time_point now, output& out);
    void announce(session& on, const operation& of, const vgroup_key& vgroup, found_message found, time_point now, output& out);
    void commit(session& on, const operation& of, time_point now, output& out);
    void commit_offset(session& on, const operation& of, time_point now, output& out);
    void seek(session& on, const operation& of, time_point now, output& out);
    void list_offsets(session& on, const operation& of, time_point now, output& out);
    void assignment(session& on, const operation& of, time_point now, output& out);
    /// Whether this asked assignment is the one that kills the adapter.
    bool crashes_now();

    void commit_positions(const session& of);
    reading_context context_of(const session& of);
    std::optional<std::int64_t> committed(const session& of, const vgroup_key& vgroup) const;
    void remove(std::map<session_id, session>::iterator gone, time_point now);
    void leave_group(session& who, time_point now);
    void expel(session& who, time_point now);
    void rebalance(const std::string& group, time_point now);
    bool rebalancing(const session& of) const { return rebalancing_.find(of.settings.group) != rebalancing_.end(); }
    void expire(time_point now);
    /// Those whose deadline has come, in the order of their ids.
    std::vector<session_id> due_sessions(time_point now) const;
    /// To be called when a session has changed: keeps deadlines_ and waiting_ right.
    void keep_track(session& of, time_point now);
    vgroup_reader new_reader(const session& of, const vgroup_key& vgroup) const;
    /// Why a session cannot work with a vgroup, with its position, or with this offset of it.
    static std::optional<failure> check_owner(session& of, const std::string& topic, std::int32_t vgroup);
    static std::optional<failure> check_position(session& of, const std::string& topic, std::int32_t vgroup);
    static std::optional<failure> check_offset(session& of, const request& what);

    embedded_server_options options_;
    reply_writer replies_;
    std::vector<std::string> instances_;
    topic_catalog topics_;
    std::map<std::string, consumer_group, std::less<>> groups_;
    std::map<std::string, time_point, std::less<>> rebalancing_;  ///< groups whose vgroups are on the move, and until when
    std::map<session_id, session> sessions_;
    session_id last_session_ = 0;
    std::set<std::pair<time_point, session_id>> deadlines_;
    std::set<session_id> waiting_;  ///< whose poll waits for data
    std::uint64_t assignments_asked_ = 0;
    bool moved_ = false;  ///< vgroups went to other members, or logs have grown: waiting polls may have data now
};

}  // namespace tmq::embedded
