#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tmq::test {

/// One WebSocket message of a recorded conversation with a real server.
struct captured_message {
    bool from_server = false;
    bool binary = false;
    std::string text;                 ///< of a text message
    std::vector<std::uint8_t> bytes;  ///< of a binary message
};

/// `name` is relative to tests/data: "v3.3.5/meters_select.jsonl". Throws std::runtime_error on a file that
/// is missing or malformed.
std::vector<captured_message> load_transcript(const std::string& name);

/// Its binary messages only.
std::vector<std::vector<std::uint8_t>> load_binary_frames(const std::string& name);

/// What the server's own SQL interface printed for the rows of a transcript.
struct expected_rows {
    struct column {
        std::string name;
        std::string type;  ///< "INT UNSIGNED"
    };
    std::vector<column> columns;
    /// JSON scalars as text: strings without quotes, numbers and booleans as they stand in the file, nothing
    /// for null.
    std::vector<std::vector<std::optional<std::string>>> rows;
};

expected_rows load_expected(const std::string& name);

}  // namespace tmq::test
