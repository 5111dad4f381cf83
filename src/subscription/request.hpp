#pragma once

#include "base/failure.hpp"
#include "protocol/action.hpp"
#include "protocol/vgroup_assignment.hpp"
#include "tmq/partition_offset.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace tmq::subscription {

/// Request to the server other than polls and fetches, as data.
struct request {
    protocol::action action = protocol::action::commit;
    std::string topic;                         ///< for assignment
    std::vector<partition_offset> partitions;  ///< for position and committed; one for seek and commit_offset

    request() = default;
    request(protocol::action kind, std::string name) : action(kind), topic(std::move(name)) {}
    request(protocol::action kind, std::vector<partition_offset> vgroups)
        : action(kind), partitions(std::move(vgroups)) {}
    request(protocol::action kind, const partition_offset& vgroup) : action(kind) {
        partitions.push_back(vgroup);
    }
};

/// The server's answer: a refusal, or the requested values. A refusal whose code is not the server's is the
/// end of the connection.
struct answer {
    base::failure refused;
    std::vector<protocol::vgroup_assignment> assignment;
    std::vector<std::int64_t> offsets;  ///< for position and committed
};

/// Next poll or fetch. Small, and without memory of its own: one is made for every message.
struct read_request {
    protocol::action action = protocol::action::poll;
    std::chrono::milliseconds wait{0};  ///< of a poll: time that the server may wait
    std::uint64_t message_id = 0;
    std::uint64_t binary_id = 0;  ///< see net::pending_request
};

}  // namespace tmq::subscription
