#include "embedded_server/protocol/requests.hpp"

#include <simdjson.h>

#include <limits>

namespace tmq::embedded::protocol {

namespace {

using simdjson::dom::element;
using simdjson::dom::element_type;

bool read(element value, std::string& out) {
    std::string_view text;
    if (value.is_null()) return true;
    if (value.get(text) != simdjson::SUCCESS) return false;
    out = text;
    return true;
}

bool read(element value, bool& out) { return value.is_null() || value.get(out) == simdjson::SUCCESS; }

bool read(element value, std::uint64_t& out) {
    if (value.is_null()) return true;
    // Go refuses 1.0 as an integer, although simdjson would convert it.
    return (value.type() == element_type::UINT64 || value.type() == element_type::INT64) &&
           value.get(out) == simdjson::SUCCESS;
}

bool read(element value, std::int64_t& out) {
    if (value.is_null()) return true;
    return (value.type() == element_type::UINT64 || value.type() == element_type::INT64) &&
           value.get(out) == simdjson::SUCCESS;
}

bool read(element value, std::int32_t& out) {
    std::int64_t wide = out;
    if (!read(value, wide)) return false;
    if (wide < std::numeric_limits<std::int32_t>::min() || wide > std::numeric_limits<std::int32_t>::max())
        return false;
    out = static_cast<std::int32_t>(wide);
    return true;
}

bool read(element value, std::optional<std::uint64_t>& out) {
    std::uint64_t number = 0;
    if (!read(value, number)) return false;
    if (!value.is_null()) out = number;
    return true;
}

bool read(element value, topic_vgroup& out) {
    simdjson::dom::object object;
    if (value.get(object) != simdjson::SUCCESS) return value.is_null();
    for (const auto [key, field] : object) {
        if (key == "topic" && !read(field, out.topic)) return false;
        if (key == "vgroup_id" && !read(field, out.vgroup)) return false;
    }
    return true;
}

template <class T>
bool read(element value, std::vector<T>& out) {
    simdjson::dom::array array;
    if (value.get(array) != simdjson::SUCCESS) return value.is_null();
    for (const element item : array)
        if (!read(item, out.emplace_back())) return false;
    return true;
}

bool read(element value, std::map<std::string, std::string>& out) {
    simdjson::dom::object object;
    if (value.get(object) != simdjson::SUCCESS) return value.is_null();
    for (const auto [key, field] : object)
        if (!read(field, out[std::string(key)])) return false;
    return true;
}

bool read_subscribe(std::string_view key, element value, subscribe_args& out, std::string& misspelt_reset) {
    struct text_field {
        std::string_view name;
        std::string subscribe_args::* member;
    };
    static constexpr std::array<text_field, 14> fields = {{
        {"user", &subscribe_args::user},
        {"password", &subscribe_args::password},
        {"group_id", &subscribe_args::group_id},
        {"client_id", &subscribe_args::client_id},
        {"offset_reset", &subscribe_args::offset_reset},
        {"auto_commit", &subscribe_args::auto_commit},
        {"auto_commit_interval_ms", &subscribe_args::auto_commit_interval_ms},
        {"snapshot_enable", &subscribe_args::snapshot_enable},
        {"with_table_name", &subscribe_args::with_table_name},
        {"enable_batch_meta", &subscribe_args::enable_batch_meta},
        {"msg_consume_excluded", &subscribe_args::msg_consume_excluded},
        {"session_timeout_ms", &subscribe_args::session_timeout_ms},
        {"max_poll_interval_ms", &subscribe_args::max_poll_interval_ms},
        {"msg_consume_rawdata", &subscribe_args::msg_consume_rawdata},
    }};
    for (const text_field& field : fields)
        if (key == field.name) return read(value, out.*field.member);
    if (key == "offset_rest") return read(value, misspelt_reset);
    if (key == "topics") return read(value, out.topics);
    if (key == "list_instances") return read(value, out.list_instances);
    if (key == "config") return read(value, out.config);
    std::string ignored;
    for (const std::string_view name : {"db", "tz", "app", "ip", "connector"})
        if (key == name) return read(value, ignored);
    return true;
}

bool read_args(element args, request& out) {
    if (args.is_null()) return true;
    simdjson::dom::object object;
    if (args.get(object) != simdjson::SUCCESS) return false;
    const bool has_topic =
        out.kind == action::commit_offset || out.kind == action::seek || out.kind == action::assignment;
    const bool has_offset = out.kind == action::commit_offset || out.kind == action::seek;
    const bool has_list = out.kind == action::committed || out.kind == action::position;
    const bool has_message = out.kind >= action::poll && out.kind <= action::commit;
    std::string misspelt_reset;
    for (const auto [key, value] : object) {
        bool valid = true;
        if (key == "req_id") {
            valid = read(value, out.req_id);
        } else if (out.kind == action::subscribe) {
            valid = read_subscribe(key, value, out.subscribe, misspelt_reset);
        } else if (key == "blocking_time" && out.kind == action::poll) {
            valid = read(value, out.blocking_time);
        } else if (key == "message_id" && has_message) {
            valid = read(value, out.message_id);
        } else if (key == "topic" && has_topic) {
            valid = read(value, out.topic);
        } else if (key == "vgroup_id" && has_offset) {
            valid = read(value, out.vgroup_id);
        } else if (key == "offset" && has_offset) {
            valid = read(value, out.offset);
        } else if (key == "topic_vgroup_ids" && has_list) {
            valid = read(value, out.topic_vgroups);
        }
        if (!valid) return false;
    }
    if (out.subscribe.offset_reset.empty()) out.subscribe.offset_reset = misspelt_reset;
    return true;
}

}  // namespace

parsed_request parse_request(std::string_view text) {
    thread_local simdjson::dom::parser parser;
    parsed_request result;
    simdjson::dom::object root;
    if (parser.parse(text.data(), text.size()).get(root) != simdjson::SUCCESS) return result;
    std::string_view name;
    if (root["action"].get(name) != simdjson::SUCCESS) return result;
    result.action = name;
    const action kind = tmq::protocol::parse_action(name);
    if (kind == action::unknown) return result;
    request parsed;
    parsed.kind = kind;
    element args;
    const bool has_args = root["args"].get(args) == simdjson::SUCCESS;
    const bool valid = has_args && read_args(args, parsed);
    // The server replies to version with any arguments.
    if (valid || kind == action::version) result.request = std::move(parsed);
    return result;
}

}  // namespace tmq::embedded::protocol
