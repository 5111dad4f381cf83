#pragma once

#include "tmq/testing/server_options.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tmq::test {

/// A vgroup that was there before the conversation began.
struct recorded_log {
    std::int32_t vgroup = 0;
    std::int64_t end = 0;
};

/// What else happened to a log: it has grown to `end` when the request of this index arrives.
struct recorded_growth {
    std::size_t request = 0;
    std::int32_t vgroup = 0;
    std::int64_t end = 0;
    bool by_insert = false;  ///< the last entry is an insert without a row for the topic
};

/// An assignment that left out a vgroup.
struct recorded_omission {
    std::size_t request = 0;
    std::int32_t vgroup = 0;
};

/// What a recorded conversation presupposes beside the messages it brings.
struct recorded_setup {
    std::string_view transcripts;  ///< those whose names begin so: "v3.3.5/latest"
    std::string topic;
    std::string database;
    std::vector<recorded_log> logs;  ///< in the order of the assignment
    std::vector<recorded_growth> growths{};
    /// A message is in its log from the poll on that announces it; otherwise all are there from the
    /// beginning. For conversations in which the vgroups do not take turns: which of them has answered first
    /// is the network's choice.
    bool one_by_one = false;
    /// Requests before which the next message came, ahead of the poll that announces it. Only with
    /// one_by_one.
    std::vector<std::size_t> early{};
    std::optional<std::size_t> joined{};  ///< the request before which another member came
    std::vector<recorded_omission> omissions{};
    /// Polls in which libtaos asked the vnodes once more before they ended, which is a matter of a
    /// millisecond.
    std::vector<std::size_t> asked_again{};
};

/// A field of a reply in which the embedded server differs.
struct recorded_exception {
    std::string_view transcript;
    std::size_t request = 0;  ///< its index, from 0
    std::string_view field;   ///< "bytes" of a binary reply
    std::string_view why;
};

/// The names of all transcripts in tests/data: "v3.3.5/offsets.jsonl".
std::vector<std::string> recorded_conversations();
/// The version that recorded it, and what else the server was told.
testing::server_options options_of(std::string_view transcript);
const std::vector<recorded_setup>& recorded_setups();
/// Every one of them must be needed.
const std::vector<recorded_exception>& recorded_exceptions();

}  // namespace tmq::test
