#pragma once

#include "embedded_server/broker/topics.hpp"

#include <cstddef>
#include <cstdint>
#include <istream>
#include <optional>
#include <string>
#include <vector>

namespace tmq::embedded::broker {

/// A message that a recorded poll announced and a recorded fetch brought.
struct recorded_message {
    std::string topic;
    std::string database;
    std::int32_t vgroup = 0;
    std::int32_t message_type = 0;
    std::int64_t offset = 0;  ///< of the poll reply
    std::uint16_t raw_type = 0;
    std::vector<std::byte> raw;
    std::optional<std::string> json;  ///< of metadata, when it was fetched too
};

/// Reads a conversation, one JSON object per line, and returns its messages in the order of their ids,
/// connection by connection. Messages that were never fetched raw are left out. Throws std::runtime_error,
/// with the number of the line, for what is not a conversation.
std::vector<recorded_message> read_transcript(std::istream& in);

/// Adds messages to the logs of their topics, which are created as needed. Returns how many were new.
std::size_t add_recorded(topic_catalog& topics, std::vector<recorded_message> messages);

}  // namespace tmq::embedded::broker
