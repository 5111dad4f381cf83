#pragma once

#include <cstdint>
#include <string>

namespace tmq::testing {

/// A message that a poll has found.
struct announced_message {
    std::string group;
    std::string topic;
    std::int32_t vgroup = 0;
    std::int32_t message_type = 0;  ///< 1 data, 2 metadata, 3 both, 4 raw data
    std::int64_t offset = 0;  ///< as in the reply: the position of the reader for data, the end for metadata,
                              ///< -2147467258 for a snapshot
    std::uint64_t count = 0;  ///< of messages since on_message() was called, this one included: 1, 2, 3, ...
};

}  // namespace tmq::testing
