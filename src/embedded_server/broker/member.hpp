#pragma once

#include "embedded_server/broker/consumer_group.hpp"
#include "embedded_server/broker/reader_set.hpp"
#include "embedded_server/encode/raw_head.hpp"
#include "embedded_server/protocol/replies.hpp"
#include "embedded_server/protocol/requests.hpp"
#include "embedded_server/protocol/subscribe_rules.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tmq::embedded::broker {

/// Progress of the fetches of one message.
struct block_cursor {
    bool is_raw_sent = false;  ///< A raw fetch has brought the message.
    bool is_split = false;     ///< A `fetch` has split the message, or has failed to.
    std::optional<std::vector<protocol::message_block>> blocks;  ///< Empty if the message cannot be split.
    std::size_t next = 0;                                        ///< Index of the block of the next `fetch`.
};

/// The message that a poll has announced, kept for the fetches after it.
struct current_message {
    protocol::poll_result announcement;
    std::uint16_t raw_type = 0;
    encode::raw_message raw;
    std::shared_ptr<const std::string> json;
    std::shared_ptr<block_cursor> cursor;  ///< Shared by all copies of the message.
    bool has_rows() const noexcept {
        return announcement.message_type == 1 || announcement.message_type == 3;
    }
    bool has_meta() const noexcept {
        return announcement.message_type == 2 || announcement.message_type == 3;
    }
};

/// A request that has no reply yet.
struct operation {
    protocol::request request;
    std::chrono::steady_clock::time_point arrival;
    std::optional<current_message> message;  ///< Of a fetch: the message at the time of the request.

    protocol::action kind() const noexcept { return request.kind; }
};

/// The operation that holds the connection's lock. Without `deadline` it holds the lock for ever.
struct lock_holder {
    operation op;
    std::optional<std::chrono::steady_clock::time_point> deadline;
};

/// The consumer of a connection, as the broker knows it. A ghost has no connection.
struct member {
    using time_point = std::chrono::steady_clock::time_point;

    member_id id = 0;
    bool is_connected = true;     ///< False for a ghost and for a dead member.
    bool has_consumer = false;    ///< A subscribe has succeeded once.
    bool is_subscribed = false;   ///< Stays true after an expulsion, until unsubscribe.
    bool is_initialised = false;  ///< `assignment` or `poll` was called since the subscribe.
    bool is_expelled = false;  ///< max.poll.interval.ms has passed, or the application has evicted the group.
    int comebacks = 0;         ///< Number of subscribes since libtaos knows of the expulsion.
    protocol::consumer_settings settings;
    std::vector<std::string> topics;
    reader_set readers;  ///< One for each vgroup of the member, in the order of its topics and their vgroups.
    std::uint64_t last_message_id = 0;
    std::optional<current_message> current;
    /// Reply of the next `fetch_block`: the last block or raw message that any action has fetched.
    std::optional<protocol::outgoing_message> fetched_reply;
    time_point last_poll{};
    time_point subscribe_time{};
    std::optional<time_point> next_ask;  ///< Of a waiting poll: when libtaos asks the vnodes again.
    /// Time at which libtaos learns of the expulsion; time_point::max() until a poll makes it ask. Empty if
    /// it knows at once.
    std::optional<time_point> expulsion_notice;
    std::optional<time_point> departure;  ///< Of a dead member: when the group notices its death.
    time_point settling_end{};            ///< Before it, `assignment` knows no offsets.
    time_point next_commit{};
    std::optional<lock_holder> holder;
    std::deque<operation> queue;         ///< Operations that wait for the lock.
    std::optional<time_point> deadline;  ///< The member's entry among the deadlines of the broker.
    bool waits_for_data() const noexcept { return holder && holder->op.kind() == protocol::action::poll; }
    bool is_live() const noexcept { return is_connected && is_subscribed && !is_expelled; }
};

}  // namespace tmq::embedded::broker
