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

/// How far fetching has come in a message.
struct block_cursor {
    bool brought = false;  ///< raw
    bool split = false;    ///< at the first fetch
    std::optional<std::vector<protocol::message_block>> blocks;
    std::size_t next = 0;
};

/// The message that a poll has announced, for the fetches after it.
struct delivered {
    protocol::poll_result shown;
    std::uint16_t raw_type = 0;
    encode::raw_message raw;
    std::shared_ptr<const std::string> json;
    std::shared_ptr<block_cursor> cursor;  ///< common to all copies
    bool has_rows() const noexcept { return shown.message_type == 1 || shown.message_type == 3; }
    bool has_meta() const noexcept { return shown.message_type == 2 || shown.message_type == 3; }
};

/// A request under way.
struct operation {
    protocol::request what;
    std::chrono::steady_clock::time_point arrived;
    std::optional<delivered> message;  ///< fetch: the message as it was when the request came
};

/// The operation that holds the connection's lock. Without `due` it waits for ever.
struct lock_holder {
    operation held;
    std::optional<std::chrono::steady_clock::time_point> due;
};

/// A connection's consumer, as the broker knows it; a ghost has no connection.
struct member {
    using time_point = std::chrono::steady_clock::time_point;

    member_id id = 0;
    bool connected = true;      ///< false: a ghost, or dead
    bool has_consumer = false;  ///< a subscribe succeeded once
    bool subscribed = false;
    bool initialised = false;  ///< assignment or poll was called since the subscribe
    bool expelled = false;     ///< max.poll.interval.ms has passed, or an eviction
    int comebacks = 0;         ///< subscribes since then
    protocol::consumer_settings settings;
    std::vector<std::string> topics;
    reader_set readers;  ///< of the vgroups it owns, in the order of its topics and their vgroups
    std::uint64_t last_message_id = 0;
    std::optional<delivered> current;
    std::optional<protocol::outgoing_message>
        fetched;  ///< what fetch_block brings: the last block or raw message of whatever action
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
    bool waits_for_data() const noexcept {
        return running && running->held.what.kind == protocol::action::poll;
    }
    bool is_live_member() const noexcept { return connected && subscribed && !expelled; }
};

}  // namespace tmq::embedded::broker
