#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tmq::test {

/// A message with metadata as a real server sent it, in both forms.
struct captured_change {
    std::uint16_t raw_type = 0;
    std::vector<std::uint8_t> raw;
    std::string json;  ///< `data` of the reply to fetch_json_meta
};

/// All such messages of a transcript of tests/data, in order.
std::vector<captured_change> load_changes(const std::string& transcript);

/// The transcripts that have any.
extern const std::vector<std::string> transcripts_with_changes;

}  // namespace tmq::test
