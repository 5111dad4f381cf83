// Replies to a poll of topic meters.
#pragma once

#include "protocol/reply.hpp"

#include <cstdint>

namespace tmq::subscription {

inline protocol::reply nothing_yet() {
    protocol::reply reply;
    reply.action = protocol::action::poll;
    reply.req_id = 5;
    reply.has_have_message = true;
    return reply;
}

/// The message that `place` names in errors.
inline protocol::reply announcement(std::uint64_t message_id, std::int64_t offset = 7,
                                    std::int32_t message_type = 1) {
    protocol::reply reply = nothing_yet();
    reply.have_message = true;
    reply.topic = "meters";
    reply.database = "power";
    reply.has_vgroup = true;
    reply.vgroup = 4;
    reply.message_type = message_type;
    reply.message_id = message_id;
    reply.has_offset = true;
    reply.offset = offset;
    return reply;
}

inline constexpr const char* place = "topic meters, vgroup 4, offset 7";

}  // namespace tmq::subscription
