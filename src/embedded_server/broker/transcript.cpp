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

struct raw_frame {
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

std::vector<std::byte> from_hex(std::string_view text) {
    if (text.size() % 2 != 0) throw std::runtime_error("half a byte in hex");
    std::vector<std::byte> bytes(text.size() / 2);
    for (std::size_t i = 0; i < bytes.size(); ++i)
        bytes[i] = static_cast<std::byte>(nibble(text[2 * i]) << 4 | nibble(text[2 * i + 1]));
    return bytes;
}

/// The reply of fetch_raw_data. Nothing when the frame is another one or an error.
std::optional<raw_frame> read_new_form(std::span<const std::byte> bytes) {
    constexpr std::size_t code_at = 34;
    constexpr std::size_t id_at = 42;
    constexpr std::size_t payload_at = 56;
    if (bytes.size() < payload_at || encode::load_le<std::uint64_t>(bytes.data()) != ~std::uint64_t{0})
        return std::nullopt;
    if (encode::load_le<std::uint64_t>(bytes.data() + code_at) != 0)
        return std::nullopt;  // code and length of its text
    if (encode::load_le<std::uint32_t>(bytes.data() + payload_at - 4) != bytes.size() - payload_at)
        return std::nullopt;
    return raw_frame{encode::load_le<std::uint64_t>(bytes.data() + id_at),
                     encode::load_le<std::uint16_t>(bytes.data() + payload_at - 6),
                     bytes.subspan(payload_at)};
}

/// The reply of fetch_raw. A fetch_block reply has the same head up to the number 3, where its block starts
/// with version and length.
std::optional<raw_frame> read_old_form(std::span<const std::byte> bytes) {
    constexpr std::size_t id_at = 16;
    constexpr std::size_t number_at = 24;
    constexpr std::size_t payload_at = 38;
    if (bytes.size() < payload_at || encode::load_le<std::uint64_t>(bytes.data() + number_at) != 3)
        return std::nullopt;
    if (encode::load_le<std::uint32_t>(bytes.data() + payload_at - 6) != bytes.size() - payload_at)
        return std::nullopt;
    return raw_frame{encode::load_le<std::uint64_t>(bytes.data() + id_at),
                     encode::load_le<std::uint16_t>(bytes.data() + payload_at - 2),
                     bytes.subspan(payload_at)};
}

class collector {
  public:
    void line(const std::string& text) {
        simdjson::dom::element entry = lines_.parse(text);
        // messages are counted anew on every connection
        if (entry["connection"].get(connection_) != simdjson::SUCCESS) connection_ = 0;
        if (std::string_view(entry["dir"]) != "<") return;
        std::string_view content;
        if (entry["text"].get(content) == simdjson::SUCCESS)
            reply(content);
        else
            binary(from_hex(entry["hex"]));
    }

    std::vector<recorded_message> take() {
        std::vector<recorded_message> complete;
        for (auto& [id, message] : messages_)
            if (message.raw_type != 0 && message.message_type != 0) complete.push_back(std::move(message));
        return complete;
    }

  private:
    void reply(std::string_view text) {
        simdjson::dom::element root;
        // a reply that is not JSON is part of the record, but announces nothing
        if (replies_.parse(text.data(), text.size()).get(root) != simdjson::SUCCESS) return;
        std::string_view name;
        bool have_message = false;
        if (root["action"].get(name) != simdjson::SUCCESS) return;
        if (name == "fetch_json_meta") return json_meta(root, text);
        if (name != "poll") return;
        if (root["have_message"].get(have_message) != simdjson::SUCCESS || !have_message) return;
        recorded_message& message = messages_[{connection_, std::uint64_t(root["message_id"])}];
        message.topic = std::string_view(root["topic"]);
        message.database = std::string_view(root["database"]);
        message.vgroup = static_cast<std::int32_t>(std::int64_t(root["vgroup_id"]));
        message.message_type = static_cast<std::int32_t>(std::int64_t(root["message_type"]));
        message.offset = std::int64_t(root["offset"]);
    }

    void json_meta(simdjson::dom::element root, std::string_view text) {
        constexpr std::string_view key = R"(,"data":)";
        std::uint64_t id = 0;
        simdjson::dom::element data;
        if (root["message_id"].get(id) != simdjson::SUCCESS || root["data"].get(data) != simdjson::SUCCESS ||
            data.is_null())
            return;
        // it is the last field, and is served as it was written
        const std::size_t at = text.find(key);
        const std::size_t end = text.rfind('}');
        if (at != std::string_view::npos && at + key.size() < end)
            messages_[{connection_, id}].json = text.substr(at + key.size(), end - at - key.size());
    }

    void binary(const std::vector<std::byte>& bytes) {
        auto found = read_new_form(bytes);
        if (!found) found = read_old_form(bytes);
        if (!found) return;
        recorded_message& message = messages_[{connection_, found->message_id}];
        message.raw_type = found->raw_type;
        message.raw.assign(found->raw.begin(), found->raw.end());
    }

    simdjson::dom::parser lines_;
    simdjson::dom::parser replies_;
    std::map<std::pair<std::uint64_t, std::uint64_t>, recorded_message> messages_;  ///< by connection and id
    std::uint64_t connection_ = 0;
};

/// Whether the log has this message already: a real one is delivered again after a seek.
bool known(const vgroup_log& log, const recorded_message& message, const encode::raw_offsets& offsets) {
    if (message.message_type == 2) return message.offset <= log.next_begin();
    if (offsets.request) return *offsets.request < log.next_begin();
    return log.contains(message.raw);
}

}  // namespace

std::vector<recorded_message> read_transcript(std::istream& in) {
    collector all;
    std::string line;
    for (std::size_t number = 1; std::getline(in, line); ++number) {
        if (line.empty()) continue;
        try {
            all.line(line);
        } catch (const std::exception& e) {
            throw std::runtime_error("line " + std::to_string(number) + ": " + e.what());
        }
    }
    if (in.bad()) throw std::runtime_error("cannot be read");
    return all.take();
}

std::size_t add_recorded(topic_catalog& topics, std::vector<recorded_message> messages) {
    std::size_t added = 0;
    for (recorded_message& message : messages) {
        topic& to = topics.get_or_create(message.topic, message.database);
        vgroup_log* log = to.find(message.vgroup);
        if (!log) log = &to.add_vgroup(message.vgroup);
        const encode::raw_offsets offsets = encode::read_raw_offsets(message.raw);
        if (known(*log, message, offsets)) continue;
        log_entry entry;
        entry.end = message.message_type == 2 ? message.offset : offsets.response.value_or(0);
        if (message.message_type == 2 || message.offset == snapshot_offset) entry.announced = message.offset;
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
