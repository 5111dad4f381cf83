#pragma once

#include "embedded_server/broker/consumer_group.hpp"
#include "embedded_server/broker/member.hpp"
#include "embedded_server/broker/reader_set.hpp"
#include "embedded_server/broker/topics.hpp"
#include "embedded_server/protocol/replies.hpp"
#include "embedded_server/protocol/requests.hpp"
#include "embedded_server/protocol/subscribe_rules.hpp"
#include "tmq/testing/announced_message.hpp"
#include "tmq/testing/server_options.hpp"

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

/// A reply with the request that it belongs to.
struct outgoing_reply {
    member_id recipient = 0;
    std::uint64_t req_id = 0;
    protocol::action kind = protocol::action::version;
    protocol::outgoing_message message;
    /// Message that the poll has found; empty if the poll announces a message again.
    std::optional<testing::announced_message> announcement{};
    bool crash = false;  ///< There is no reply: the request crashes the whole adapter.
};

/// The server's behaviour, without sockets and without a clock of its own: one member per connection,
/// requests in, replies out. A reply may come later, from advance(): call it when next_deadline() has come,
/// and when a log has grown.
class broker {
  public:
    using clock = std::chrono::steady_clock;
    using time_point = clock::time_point;
    using output = std::vector<outgoing_reply>;

    /// Throws std::invalid_argument for options that no server can have.
    explicit broker(const testing::server_options& options);

    /// Adds the member of a new connection.
    member_id open();
    /// Whose end closes a connection.
    enum class loss { connection, server };
    /// Ends the connection of a member. The member leaves its group at once, or later if the options say so.
    void close(member_id id, time_point now, output& out, loss cause = loss::connection);
    void handle(member_id id, const protocol::request& request, time_point now, output& out);
    void advance(time_point now, output& out);
    std::optional<time_point> next_deadline() const;
    /// Distributes the vgroups of all groups. Call it after you added vgroups to topics that exist.
    void rebalance_all(time_point now);
    /// Expels the members of a group as max.poll.interval.ms does. Returns their number.
    std::size_t evict(std::string_view group, time_point now);
    /// Adds a member without a connection, which never polls. Throws std::invalid_argument for an unknown
    /// topic.
    member_id add_ghost(const std::string& group, const std::string& topic, time_point now);
    /// Throws std::invalid_argument if there is no such ghost.
    void remove_ghost(member_id id, time_point now);
    /// Sets the server's own address, which is its only instance if the options name none.
    void set_address(std::string host_and_port) {
        if (options_.instances().empty()) instances_ = {std::move(host_and_port)};
    }
    /// Commits an offset for a group. The log grows by commit_growth() of the options, unless the offset is
    /// committed already.
    void set_committed(const std::string& group, const vgroup_key& vgroup, std::int64_t offset);

    /// Removes a topic with everything that groups have committed in it. Returns false, and changes nothing,
    /// if a consumer is subscribed to it.
    bool drop_topic(const std::string& name);

    /// Logs may grow through the result, so the next call that serves waiting polls tries them again.
    topic_catalog& topics() noexcept {
        needs_serving_ = true;
        return topics_;
    }
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

    static void reply(const member& member, const operation& op, protocol::outgoing_message message,
                      output& out);
    void reply_error(const member& member, const operation& op, time_point now, std::uint32_t code,
                     std::string_view text, output& out) const;
    static std::chrono::nanoseconds elapsed(const operation& op, time_point now) { return now - op.arrival; }

    void dispatch(member& member, operation op, time_point now, output& out);
    /// Executes the operation, or queues it while another one holds the lock.
    void submit(member& member, operation op, time_point now, output& out);
    void enqueue(member& member, operation op);
    void run_queue(member& member, time_point now, output& out);
    void execute(member& member, operation op, time_point now, output& out);
    /// Ends the operation that holds the lock, whose deadline has come.
    void finish(member& member, time_point now, output& out);
    /// Tries a waiting poll again. Returns true if it got its reply.
    bool serve(member& member, reader_set::occasion cause, time_point now, output& out);
    /// Tries the waiting polls again, until no vgroup moves any more.
    void serve_waiting(time_point now, output& out);

    void start_subscribe(member& member, operation op, time_point now, output& out);
    void finish_subscribe(member& member, const operation& op, time_point now, output& out);
    /// Makes the member join its group for these topics.
    void join_group(member& member, const std::vector<std::string>& topics, time_point now);
    /// Readmits a consumer that subscribes to its group. Returns false if it stays expelled: once libtaos
    /// knows of the expulsion, only the second subscribe of earlier versions readmits it.
    bool readmit(member& member) const;
    void unsubscribe(member& member, const operation& op, time_point now, output& out);
    void fetch(member& member, operation op, time_point now, output& out);
    void fetch_raw(member& member, const operation& op, time_point now, output& out);
    void next_block(member& member, const operation& op, time_point now, output& out);
    void poll(member& member, operation op, time_point now, output& out);
    /// Replies to the poll of an expelled consumer if libtaos knows of the expulsion. Returns true if so.
    bool refuse_poll(member& member, const operation& op, time_point now, output& out) const;
    /// Replies to a poll if there is a message or an error for it. Returns true if so.
    bool try_poll(member& member, const operation& op, reader_set::occasion cause, time_point now,
                  output& out);
    /// Handles the vnode replies that wait, up to the first one that ends the poll. Returns true if one did.
    bool handle_replies(member& member, const operation& op, time_point now, output& out);
    void announce(member& member, const operation& op, const vgroup_key& vgroup, found_message found,
                  time_point now, output& out);
    void commit(member& member, const operation& op, time_point now, output& out);
    void commit_offset(member& member, const operation& op, time_point now, output& out);
    void seek(member& member, const operation& op, time_point now, output& out);
    void list_offsets(member& member, const operation& op, time_point now, output& out);
    void assignment(member& member, const operation& op, time_point now, output& out);
    /// Counts an asked assignment. Returns true if it is the one that crashes the adapter.
    bool crashes_now();

    void commit_positions(const member& member);
    reading_context context_of(const member& member);
    std::optional<std::int64_t> committed(const member& member, const vgroup_key& vgroup) const;
    void remove(std::map<member_id, member>::iterator entry, time_point now);
    void leave_group(member& member, time_point now);
    void expel(member& member, time_point now);
    void rebalance(const std::string& name, time_point now);
    bool is_rebalancing(const member& member) const {
        return rebalance_ends_.find(member.settings.group) != rebalance_ends_.end();
    }
    void expire(time_point now);
    /// Returns the members whose deadline has come, in the order of their ids.
    std::vector<member_id> due_members(time_point now) const;
    /// Updates deadlines_ and waiting_. Call it after every change of a member.
    void keep_track(member& member, time_point now);
    vgroup_reader new_reader(const member& member, const vgroup_key& vgroup) const;
    /// Returns the error of a member that does not own the vgroup.
    static std::optional<request_error> check_owner(member& member, const std::string& topic,
                                                    std::int32_t vgroup);
    /// Returns the error of a member that has no position in the vgroup.
    static std::optional<request_error> check_position(member& member, const std::string& topic,
                                                       std::int32_t vgroup);
    /// Returns the error of a member that cannot go to the requested offset of the vgroup.
    static std::optional<request_error> check_offset(member& member, const protocol::request& request);

    testing::server_options options_;
    protocol::reply_writer replies_;
    std::vector<std::string> instances_;
    topic_catalog topics_;
    std::map<std::string, consumer_group, std::less<>> groups_;
    /// End of the rebalance, of each group whose vgroups are moving.
    std::map<std::string, time_point, std::less<>> rebalance_ends_;
    std::map<member_id, member> members_;
    member_id last_member_ = 0;
    std::set<std::pair<time_point, member_id>> deadlines_;
    std::set<member_id> waiting_;  ///< Members whose poll waits for data.
    std::uint64_t asked_assignments_ = 0;
    /// Vgroups went to other members or logs have grown, so waiting polls may find data.
    bool needs_serving_ = false;
};

}  // namespace tmq::embedded::broker
