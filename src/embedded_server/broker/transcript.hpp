#pragma once

#include "embedded_server/broker/topics.hpp"

#include <cstddef>
#include <cstdint>
#include <istream>
#include <optional>
#include <string>
#include <vector>

namespace tmq::embedded::broker {

/// A message of a recorded conversation: a poll announced it, and a fetch brought it.
struct recorded_message {
    std::string topic;
    std::string database;
    std::int32_t vgroup = 0;
    std::int32_t message_type = 0;
    std::int64_t offset = 0;  ///< Of the poll reply.
    std::uint16_t raw_type = 0;
    std::vector<std::byte> raw;
    std::optional<std::string> json;  ///< Of metadata; empty if it was not fetched.
};

/// Reads a conversation, one JSON object per line. Returns its messages in the order of their ids, connection
/// by connection, without those that were never fetched raw. Throws std::runtime_error with the number of the
/// line if the input is not a conversation.
std::vector<recorded_message> read_transcript(std::istream& input);

/// Adds messages to the logs of their topics, which are created as needed. Returns the number of messages
/// that are new.
std::size_t add_recorded(topic_catalog& topics, std::vector<recorded_message> messages);

}  // namespace tmq::embedded::broker
