#include "embedded_server/broker/transcript.hpp"

#include "embedded_server/broker/message_blocks.hpp"
#include "embedded_server/encode/little_endian.hpp"
#include "embedded_server/encode/raw_head.hpp"

#include <simdjson.h>

#include <algorithm>
#include <map>
#include <optional>
#include <span>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace tmq::embedded::broker {

namespace {

struct raw_reply {
    std::uint64_t message_id = 0;
    std::uint16_t raw_type = 0;
    std::span<const std::byte> raw;
};

int nibble(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    throw std::runtime_error("not a hexadecimal digit");
}

std::vector<std::byte> bytes_of_hex(std::string_view text) {
    if (text.size() % 2 != 0) throw std::runtime_error("half a byte in hex");
    std::vector<std::byte> bytes(text.size() / 2);
    for (std::size_t i = 0; i < bytes.size(); ++i)
        bytes[i] = static_cast<std::byte>(nibble(text[2 * i]) << 4 | nibble(text[2 * i + 1]));
    return bytes;
}

/// Reads the reply of fetch_raw_data ("Binary replies" in docs/protocol.md). Returns nothing for an error,
/// and for other messages.
std::optional<raw_reply> read_new_form(std::span<const std::byte> bytes) {
    constexpr std::size_t code_position = 34;  // Of the code and the length of its text.
    constexpr std::size_t id_position = 42;
    constexpr std::size_t payload_begin = 56;
    if (bytes.size() < payload_begin || encode::load_le<std::uint64_t>(bytes.data()) != ~std::uint64_t{0})
        return std::nullopt;
    if (encode::load_le<std::uint64_t>(bytes.data() + code_position) != 0) return std::nullopt;
    if (encode::load_le<std::uint32_t>(bytes.data() + payload_begin - 4) != bytes.size() - payload_begin)
        return std::nullopt;
    return raw_reply{encode::load_le<std::uint64_t>(bytes.data() + id_position),
                     encode::load_le<std::uint16_t>(bytes.data() + payload_begin - 6),
                     bytes.subspan(payload_begin)};
}

/// Reads the reply of fetch_raw. A reply of fetch_block has the same head before the number 3; there its
/// block begins, with version and length.
std::optional<raw_reply> read_old_form(std::span<const std::byte> bytes) {
    constexpr std::size_t id_position = 16;
    constexpr std::size_t number_position = 24;
    constexpr std::size_t payload_begin = 38;
    if (bytes.size() < payload_begin || encode::load_le<std::uint64_t>(bytes.data() + number_position) != 3)
        return std::nullopt;
    if (encode::load_le<std::uint32_t>(bytes.data() + payload_begin - 6) != bytes.size() - payload_begin)
        return std::nullopt;
    return raw_reply{encode::load_le<std::uint64_t>(bytes.data() + id_position),
                     encode::load_le<std::uint16_t>(bytes.data() + payload_begin - 2),
                     bytes.subspan(payload_begin)};
}

class collector {
  public:
    void add_line(const std::string& text) {
        simdjson::dom::element entry = lines_.parse(text);
        // Message ids start at 1 on every connection.
        if (entry["connection"].get(connection_) != simdjson::SUCCESS) connection_ = 0;
        if (std::string_view(entry["dir"]) != "<") return;
        std::string_view content;
        if (entry["text"].get(content) == simdjson::SUCCESS)
            add_reply(content);
        else
            add_binary_reply(bytes_of_hex(entry["hex"]));
    }

    std::vector<recorded_message> take() {
        std::vector<recorded_message> complete;
        for (auto& [id, message] : messages_)
            if (message.raw_type != 0 && message.message_type != 0) complete.push_back(std::move(message));
        return complete;
    }

  private:
    void add_reply(std::string_view text) {
        simdjson::dom::element root;
        // A recorded reply that is not JSON announces nothing.
        if (replies_.parse(text.data(), text.size()).get(root) != simdjson::SUCCESS) return;
        std::string_view name;
        bool has_message = false;
        if (root["action"].get(name) != simdjson::SUCCESS) return;
        if (name == "fetch_json_meta") return add_json_meta(root, text);
        if (name != "poll") return;
        if (root["have_message"].get(has_message) != simdjson::SUCCESS || !has_message) return;
        recorded_message& message = messages_[{connection_, std::uint64_t(root["message_id"])}];
        message.topic = std::string_view(root["topic"]);
        message.database = std::string_view(root["database"]);
        message.vgroup = static_cast<std::int32_t>(std::int64_t(root["vgroup_id"]));
        message.message_type = static_cast<std::int32_t>(std::int64_t(root["message_type"]));
        message.offset = std::int64_t(root["offset"]);
    }

    void add_json_meta(simdjson::dom::element root, std::string_view text) {
        constexpr std::string_view key = R"(,"data":)";
        std::uint64_t id = 0;
        simdjson::dom::element data;
        if (root["message_id"].get(id) != simdjson::SUCCESS || root["data"].get(data) != simdjson::SUCCESS ||
            data.is_null())
            return;
        // The embedded server sends the same bytes, so they are cut from the text: `data` is the last field.
        const std::size_t position = text.find(key);
        if (position == std::string_view::npos) return;
        const std::size_t begin = position + key.size();
        const std::size_t end = text.rfind('}');
        if (begin < end) messages_[{connection_, id}].json = text.substr(begin, end - begin);
    }

    void add_binary_reply(const std::vector<std::byte>& bytes) {
        auto reply = read_new_form(bytes);
        if (!reply) reply = read_old_form(bytes);
        if (!reply) return;
        recorded_message& message = messages_[{connection_, reply->message_id}];
        message.raw_type = reply->raw_type;
        message.raw.assign(reply->raw.begin(), reply->raw.end());
    }

    simdjson::dom::parser lines_;
    simdjson::dom::parser replies_;
    std::map<std::pair<std::uint64_t, std::uint64_t>, recorded_message> messages_;  ///< By connection and id.
    std::uint64_t connection_ = 0;
};

/// True if the log has this message already: a real server delivers it again after a seek.
bool is_known(const vgroup_log& log, const recorded_message& message, const encode::raw_offsets& offsets) {
    if (message.message_type == 2) return message.offset <= log.next_begin();
    if (offsets.request) return *offsets.request < log.next_begin();
    return log.contains(message.raw);
}

}  // namespace

std::vector<recorded_message> read_transcript(std::istream& input) {
    collector messages;
    std::string line;
    for (std::size_t number = 1; std::getline(input, line); ++number) {
        if (line.empty()) continue;
        try {
            messages.add_line(line);
        } catch (const std::exception& error) {
            throw std::runtime_error("line " + std::to_string(number) + ": " + error.what());
        }
    }
    if (input.bad()) throw std::runtime_error("cannot be read");
    return messages.take();
}

std::size_t add_recorded(topic_catalog& topics, std::vector<recorded_message> messages) {
    std::size_t added = 0;
    for (recorded_message& message : messages) {
        topic& target = topics.get_or_create(message.topic, message.database);
        vgroup_log* log = target.find(message.vgroup);
        if (!log) log = &target.add_vgroup(message.vgroup);
        const encode::raw_offsets offsets = encode::read_raw_offsets(message.raw);
        if (is_known(*log, message, offsets)) continue;
        log_entry entry;
        entry.end = message.message_type == 2 ? message.offset : offsets.response.value_or(0);
        if (message.message_type == 2 || message.offset == snapshot_offset)
            entry.announced_offset = message.offset;
        entry.raw_type = message.raw_type;
        entry.message_type = message.message_type;
        if (message.message_type == 1 || message.message_type == 3)
            entry.rows = count_rows(message.raw_type, message.raw);
        entry.raw = std::make_shared<const std::vector<std::byte>>(std::move(message.raw));
        if (message.json) entry.json = std::make_shared<const std::string>(std::move(*message.json));
        log->append_recorded(std::move(entry));
        ++added;
    }
    return added;
}

}  // namespace tmq::embedded::broker
