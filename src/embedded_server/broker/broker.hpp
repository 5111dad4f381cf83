#pragma once

#include "embedded_server/broker/consumer_group.hpp"
#include "embedded_server/broker/member.hpp"
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

namespace tmq::embedded::broker {

/// A reply and the request it belongs to.
struct outgoing {
    member_id to = 0;
    std::uint64_t req_id = 0;
    protocol::action what = protocol::action::version;
    protocol::outgoing_message message;
    std::optional<announced_message>
        announces{};     ///< of a poll that has found a message; not when it is announced again
    bool crash = false;  ///< no reply at all: the request brings the whole adapter down
};

/// What the server does, without sockets and without a clock of its own: one member per connection, requests
/// in, replies out. Replies may come later, out of advance(), which is to be called when next_deadline() has
/// come or a log has grown.
class broker {
  public:
    using clock = std::chrono::steady_clock;
    using time_point = clock::time_point;
    using output = std::vector<outgoing>;

    explicit broker(const embedded_server_options& options);

    member_id open();
    /// What a connection is lost with.
    enum class loss { connection, server };
    /// The connection is gone: its member leaves the group, at once or when the options say so.
    void close(member_id id, time_point now, output& out, loss with = loss::connection);
    void handle(member_id id, const protocol::request& what, time_point now, output& out);
    void advance(time_point now, output& out);
    std::optional<time_point> next_deadline() const;
    /// To be called after vgroups were added to topics that exist.
    void rebalance_all(time_point now);
    /// Expels the members of a group as max.poll.interval.ms does, and returns how many there were.
    std::size_t evict(std::string_view group, time_point now);
    /// A member without a connection, which never polls. Throws std::invalid_argument when there is no such
    /// topic.
    member_id add_ghost(const std::string& group, const std::string& topic, time_point now);
    /// Throws std::invalid_argument when there is no such ghost.
    void remove_ghost(member_id id, time_point now);
    /// Its own address, which is its only instance when the options name none.
    void set_address(std::string host_and_port) {
        if (options_.instances().empty()) instances_ = {std::move(host_and_port)};
    }
    /// Commits an offset for a group, which may let the log grow.
    void set_committed(const std::string& group, const vgroup_key& vgroup, std::int64_t offset);

    /// Removes a topic with all that groups have committed. False, and nothing happens, when a consumer is
    /// subscribed to it.
    bool drop_topic(const std::string& name);

    /// Whoever gets it may let logs grow: the next call lets waiting polls look again.
    topic_catalog& topics() noexcept { return moved_ = true, topics_; }
    const topic_catalog& topics() const noexcept { return topics_; }
    const protocol::reply_writer& replies() const noexcept { return replies_; }
    std::optional<std::int64_t> committed(std::string_view group, std::string_view topic,
                                          std::int32_t vgroup) const;
    std::size_t member_count(std::string_view group) const;
    std::size_t waiting_polls() const noexcept { return waiting_.size(); }

  private:
    struct request_error {
        std::uint32_t code;
        std::string_view text;
    };

    static void reply(const member& to, const operation& of, protocol::outgoing_message message, output& out);
    void reply_error(const member& to, const operation& of, time_point now, std::uint32_t code,
                     std::string_view text, output& out) const;
    static std::chrono::nanoseconds since(const operation& of, time_point now) { return now - of.arrived; }

    void enqueue(member& on, operation of);
    void run_queue(member& on, time_point now, output& out);
    void execute(member& on, operation of, time_point now, output& out);
    void finish(member& on, time_point now, output& out);
    /// Lets a waiting poll look again; true when that was its end.
    bool serve(member& on, reader_set::occasion why, time_point now, output& out);
    void serve_waiting(time_point now, output& out);

    void start_subscribe(member& on, operation of, time_point now, output& out);
    void finish_subscribe(member& on, const operation& of, time_point now, output& out);
    /// Whether a subscribe takes a consumer back into its group. libtaos that has heard it was put out stays
    /// lost.
    bool takes_back(member& on) const;
    void fetch(member& on, operation of, time_point now, output& out);
    void fetch_raw(member& on, const operation& of, time_point now, output& out);
    void next_block(member& on, const operation& of, time_point now, output& out);
    void poll(member& on, operation of, time_point now, output& out);
    /// Answers the poll of an expelled consumer, when libtaos has heard of it.
    bool refuse_poll(member& on, const operation& of, time_point now, output& out) const;
    /// Answers a poll when there is something to answer.
    bool try_poll(member& on, const operation& of, reader_set::occasion why, time_point now, output& out);
    /// Handles the replies that wait, up to the first one with a message.
    bool handle_replies(member& on, const operation& of, time_point now, output& out);
    void announce(member& on, const operation& of, const vgroup_key& vgroup, found_message found,
                  time_point now, output& out);
    void commit(member& on, const operation& of, time_point now, output& out);
    void commit_offset(member& on, const operation& of, time_point now, output& out);
    void seek(member& on, const operation& of, time_point now, output& out);
    void list_offsets(member& on, const operation& of, time_point now, output& out);
    void assignment(member& on, const operation& of, time_point now, output& out);
    /// Whether this asked assignment is the one that kills the adapter.
    bool crashes_now();

    void commit_positions(const member& of);
    reading_context context_of(const member& of);
    std::optional<std::int64_t> committed(const member& of, const vgroup_key& vgroup) const;
    void remove(std::map<member_id, member>::iterator gone, time_point now);
    void leave_group(member& who, time_point now);
    void expel(member& who, time_point now);
    void rebalance(const std::string& group, time_point now);
    bool rebalancing(const member& of) const {
        return rebalancing_.find(of.settings.group) != rebalancing_.end();
    }
    void expire(time_point now);
    /// Those whose deadline has come, in the order of their ids.
    std::vector<member_id> due_members(time_point now) const;
    /// To be called when a member has changed: keeps deadlines_ and waiting_ right.
    void keep_track(member& of, time_point now);
    vgroup_reader new_reader(const member& of, const vgroup_key& vgroup) const;
    /// Why a member cannot work with a vgroup, with its position, or with this offset of it.
    static std::optional<request_error> check_owner(member& of, const std::string& topic,
                                                    std::int32_t vgroup);
    static std::optional<request_error> check_position(member& of, const std::string& topic,
                                                       std::int32_t vgroup);
    static std::optional<request_error> check_offset(member& of, const protocol::request& what);

    embedded_server_options options_;
    protocol::reply_writer replies_;
    std::vector<std::string> instances_;
    topic_catalog topics_;
    std::map<std::string, consumer_group, std::less<>> groups_;
    std::map<std::string, time_point, std::less<>>
        rebalancing_;  ///< groups whose vgroups are on the move, and until when
    std::map<member_id, member> members_;
    member_id last_member_ = 0;
    std::set<std::pair<time_point, member_id>> deadlines_;
    std::set<member_id> waiting_;  ///< whose poll waits for data
    std::uint64_t assignments_asked_ = 0;
    bool moved_ =
        false;  ///< vgroups went to other members, or logs have grown: waiting polls may have data now
};

}  // namespace tmq::embedded::broker
