#include "support/captures.hpp"

#include <simdjson.h>

#include <stdexcept>
#include <utility>

namespace tmq::test {
namespace {

namespace dom = simdjson::dom;

std::string path_of(const std::string& name) { return std::string(TMQ_TEST_DATA) + "/" + name; }

unsigned digit(char c) {
    if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
    if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a') + 10;
    throw std::runtime_error("not a hex digit");
}

std::vector<std::uint8_t> from_hex(std::string_view hex) {
    if (hex.size() % 2 != 0) throw std::runtime_error("odd number of hex digits");
    std::vector<std::uint8_t> bytes;
    bytes.reserve(hex.size() / 2);
    for (std::size_t i = 0; i < hex.size(); i += 2)
        bytes.push_back(static_cast<std::uint8_t>(digit(hex[i]) << 4 | digit(hex[i + 1])));
    return bytes;
}

captured_message to_message(const dom::element& line) {
    captured_message message;
    const std::string_view direction = line["dir"];
    message.from_server = direction == "<";
    std::string_view hex;
    if (line["hex"].get(hex) == simdjson::SUCCESS) {
        message.binary = true;
        message.bytes = from_hex(hex);
    } else {
        message.text = std::string(std::string_view(line["text"]));
    }
    return message;
}

std::optional<std::string> to_cell(const dom::element& value) {
    if (value.is_null()) return std::nullopt;
    if (value.is_string()) return std::string(std::string_view(value));
    return simdjson::to_string(value);
}

}  // namespace

std::vector<captured_message> load_transcript(const std::string& name) {
    dom::parser parser;
    std::vector<captured_message> messages;
    dom::document_stream lines = parser.load_many(path_of(name));
    for (auto line : lines)
        messages.push_back(to_message(line.value()));
    if (messages.empty()) throw std::runtime_error("empty transcript " + name);
    return messages;
}

std::vector<std::vector<std::uint8_t>> load_binary_frames(const std::string& name) {
    std::vector<std::vector<std::uint8_t>> frames;
    for (auto& message : load_transcript(name))
        if (message.binary) frames.push_back(std::move(message.bytes));
    return frames;
}

expected_rows load_expected(const std::string& name) {
    dom::parser parser;
    const dom::element file = parser.load(path_of(name));
    expected_rows expected;
    for (const dom::element column : file["column_meta"])
        expected.columns.push_back(
            {std::string(std::string_view(column.at(0))), std::string(std::string_view(column.at(1)))});
    for (const dom::array row : file["data"]) {
        auto& cells = expected.rows.emplace_back();
        for (const dom::element cell : row)
            cells.push_back(to_cell(cell));
    }
    return expected;
}

}  // namespace tmq::test
