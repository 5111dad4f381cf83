#include "protocol/reply.hpp"

#include <simdjson.h>

#include <algorithm>
#include <bit>
#include <limits>

namespace tmq::protocol {
namespace {

namespace json = simdjson::ondemand;

static_assert(reply_padding >= simdjson::SIMDJSON_PADDING);

template <class T>
bool read_integer(json::value value, T& out) {
    if constexpr (std::is_unsigned_v<T>) {
        std::uint64_t number = 0;
        if (value.get_uint64().get(number) != simdjson::SUCCESS || number > std::numeric_limits<T>::max()) return false;
        out = static_cast<T>(number);
    } else {
        std::int64_t number = 0;
        if (value.get_int64().get(number) != simdjson::SUCCESS) return false;
        if (number < std::numeric_limits<T>::min() || number > std::numeric_limits<T>::max()) return false;
        out = static_cast<T>(number);
    }
    return true;
}

bool read_string(json::value value, std::string_view& out) { return value.get_string().get(out) == simdjson::SUCCESS; }

bool read_text_of_object(json::value value, std::string_view& out) {
    bool is_null = false;
    if (value.is_null().get(is_null) != simdjson::SUCCESS) return false;
    out = "null";
    if (is_null) return true;
    json::object object;
    return value.get_object().get(object) == simdjson::SUCCESS && object.raw_json().get(out) == simdjson::SUCCESS;
}

bool read_bool(json::value value, bool& out) { return value.get_bool().get(out) == simdjson::SUCCESS; }

bool read_vgroup(json::value value, assigned_vgroup& out) {
    json::object object;
    if (value.get_object().get(object) != simdjson::SUCCESS) return false;
    std::int32_t vgroup = 0;
    std::int64_t offset = 0;
    std::int64_t begin = 0;
    std::int64_t end = 0;
    unsigned seen = 0;
    for (auto member : object) {
        json::field field;
        std::string_view key;
        if (std::move(member).get(field) != simdjson::SUCCESS || field.unescaped_key().get(key) != simdjson::SUCCESS) return false;
        const auto integer = [&](auto& target, unsigned bit) {
            seen |= bit;
            return read_integer(field.value(), target);
        };
        bool good = true;
        if (key == "vgroup_id")
            good = integer(vgroup, 1);
        else if (key == "offset")
            good = integer(offset, 2);
        else if (key == "begin")
            good = integer(begin, 4);
        else if (key == "end")
            good = integer(end, 8);
        if (!good) return false;
    }
    out = assigned_vgroup(vgroup, offset, begin, end);
    return seen == 15;
}

template <class T, class Read>
bool read_array(json::value value, std::vector<T>& out, Read read, std::size_t most = std::numeric_limits<std::size_t>::max()) {
    bool is_null = false;
    if (value.is_null().get(is_null) != simdjson::SUCCESS) return false;
    if (is_null) return true;  // Go writes an empty list as null
    json::array array;
    if (value.get_array().get(array) != simdjson::SUCCESS) return false;
    for (auto element : array) {
        json::value item;
        T parsed{};
        if (std::move(element).get(item) != simdjson::SUCCESS || !read(item, parsed)) return false;
        if (out.size() < most) out.push_back(parsed);
    }
    return true;
}

bool read_field(std::string_view key, json::value value, reply& out) {
    switch (key.front()) {
        case 'a':
            if (key == "action") {
                std::string_view name;
                if (!read_string(value, name)) return false;
                out.what = action_from(name);
            } else if (key == "assignment") {
                out.has_assignment = true;
                return read_array(value, out.assignment, read_vgroup);
            }
            return true;
        case 'c':
            if (key == "code") {
                out.has_code = true;
                return read_integer(value, out.code);
            }
            if (key == "committed") {
                out.has_committed = true;
                return read_array(value, out.committed, read_integer<std::int64_t>);
            }
            if (key != "completed") return true;
            out.has_completed = true;
            return read_bool(value, out.completed);
        case 'd':
            if (key == "database") return read_string(value, out.database);
            if (key != "data") return true;
            out.has_data = true;
            return read_text_of_object(value, out.data);
        case 'f':
            if (key == "fields_count") return read_integer(value, out.fields_count);
            if (key == "fields_names") return read_array(value, out.fields_names, read_string);
            if (key == "fields_types") return read_array(value, out.fields_types, read_integer<std::uint8_t>);
            return true;
        case 'h':
            if (key != "have_message") return true;
            out.has_have_message = true;
            return read_bool(value, out.have_message);
        case 'l':
            if (key != "list_instances") return true;
            out.has_list_instances = true;
            return read_array(value, out.list_instances, read_string, max_instances);
        case 'm':
            if (key == "message") return read_string(value, out.message);
            if (key == "message_type") return read_integer(value, out.message_type);
            if (key == "message_id") return read_integer(value, out.message_id);
            return true;
        case 'o':
            if (key != "offset") return true;
            out.has_offset = true;
            return read_integer(value, out.offset);
        case 'p':
            if (key == "precision") return read_integer(value, out.precision);
            if (key != "position") return true;
            out.has_position = true;
            return read_array(value, out.position, read_integer<std::int64_t>);
        case 'r':
            if (key == "rows") return read_integer(value, out.rows);
            if (key != "req_id") return true;
            out.has_req_id = true;
            return read_integer(value, out.req_id);
        case 't':
            if (key == "topic") return read_string(value, out.topic);
            if (key == "table_name") return read_string(value, out.table_name);
            if (key == "topics") {
                out.has_topics = true;
                return read_array(value, out.topics, read_string);
            }
            if (key == "timing") return read_integer(value, out.timing_ns);
            return true;
        case 'v':
            if (key == "version") return read_string(value, out.version);
            if (key != "vgroup_id") return true;
            out.has_vgroup = true;
            return read_integer(value, out.vgroup);
        default: return true;
    }
}

void reset(reply& out) {
    // Keeps the memory of the vectors: a reply is parsed for every message.
    reply kept = std::move(out);
    out = reply{};
    const auto reuse = [](auto& to, auto& from) {
        from.clear();
        to = std::move(from);
    };
    reuse(out.list_instances, kept.list_instances);
    reuse(out.assignment, kept.assignment);
    reuse(out.position, kept.position);
    reuse(out.committed, kept.committed);
    reuse(out.topics, kept.topics);
    reuse(out.fields_names, kept.fields_names);
    reuse(out.fields_types, kept.fields_types);
}

}  // namespace

struct reply_parser::impl {
    json::parser parser;
};

reply_parser::reply_parser() : impl_(std::make_unique<impl>()) {}
reply_parser::reply_parser(reply_parser&&) noexcept = default;
reply_parser::~reply_parser() = default;

errc reply_parser::parse(std::string_view text, reply& out) {
    reset(out);
    // The parser grows to the exact size of a text; replies get longer with their ids, so it would grow again and again. It takes seven times the
    // size, and for the depth it may have to go into a text: no reply comes near its default of 1024, which is 9 KiB.
    constexpr std::size_t least_capacity = 1024;
    constexpr std::size_t most_depth = 64;
    if (text.size() > impl_->parser.capacity() &&
        impl_->parser.allocate(std::bit_ceil(std::max(text.size(), least_capacity)), most_depth) != simdjson::SUCCESS)
        return errc::reply_not_json;
    json::document document;
    const simdjson::padded_string_view padded(text, text.size() + reply_padding);
    json::object object;
    if (impl_->parser.iterate(padded).get(document) != simdjson::SUCCESS || document.get_object().get(object) != simdjson::SUCCESS)
        return errc::reply_not_json;
    for (auto member : object) {
        json::field field;
        std::string_view key;
        if (std::move(member).get(field) != simdjson::SUCCESS || field.unescaped_key().get(key) != simdjson::SUCCESS) return errc::reply_not_json;
        if (!key.empty() && !read_field(key, field.value(), out)) return errc::reply_malformed;
    }
    const char* behind = nullptr;
    if (document.current_location().get(behind) == simdjson::SUCCESS) return errc::reply_not_json;
    return errc{};
}

}  // namespace tmq::protocol
