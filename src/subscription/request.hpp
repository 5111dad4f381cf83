#pragma once

#include "base/failure.hpp"
#include "protocol/action.hpp"
#include "tmq/topic_partition.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace tmq::subscription {

/// A question to the server, as data.
struct request {
    protocol::action action = protocol::action::commit;
    std::string topic;  ///< of assignment
    std::vector<topic_partition>
        partitions;  ///< of position and committed; the one of seek and commit_offset

    request() = default;
    request(protocol::action what, std::string about) : action(what), topic(std::move(about)) {}
    request(protocol::action what, std::vector<topic_partition> about)
        : action(what), partitions(std::move(about)) {}
    request(protocol::action what, const topic_partition& about) : action(what) {
        partitions.push_back(about);
    }
};

/// The server's answer: a refusal, or what was asked for. A refusal that the server has not said is the
/// connection's end.
struct answer {
    base::failure refused;
    std::vector<assigned_vgroup> assignment;
    std::vector<std::int64_t> offsets;  ///< of position and committed
};

/// The next request for messages. Small, and without memory of its own: one is made for every message.
struct read_request {
    protocol::action action = protocol::action::poll;
    std::chrono::milliseconds wait{0};  ///< how long the server may wait, of poll
    std::uint64_t message_id = 0;
    std::uint64_t binary_id = 0;  ///< see net::pending_request
};

}  // namespace tmq::subscription
