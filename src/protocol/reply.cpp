#include "protocol/reply.hpp"

#include "text/printable.hpp"

#include <simdjson.h>

#include <algorithm>
#include <bit>
#include <limits>
#include <new>

namespace tmq::protocol {
namespace {

namespace json = simdjson::ondemand;

static_assert(reply_padding >= simdjson::SIMDJSON_PADDING);

template <class T>
bool read_integer(json::value value, T& out) {
    if constexpr (std::is_unsigned_v<T>) {
        std::uint64_t number = 0;
        if (value.get_uint64().get(number) != simdjson::SUCCESS || number > std::numeric_limits<T>::max())
            return false;
        out = static_cast<T>(number);
    } else {
        std::int64_t number = 0;
        if (value.get_int64().get(number) != simdjson::SUCCESS) return false;
        if (number < std::numeric_limits<T>::min() || number > std::numeric_limits<T>::max()) return false;
        out = static_cast<T>(number);
    }
    return true;
}

bool read_string(json::value value, std::string_view& out) {
    return value.get_string().get(out) == simdjson::SUCCESS;
}

bool read_object_text(json::value value, std::string_view& out) {
    bool is_null = false;
    if (value.is_null().get(is_null) != simdjson::SUCCESS) return false;
    out = "null";
    if (is_null) return true;
    json::object object;
    return value.get_object().get(object) == simdjson::SUCCESS &&
           object.raw_json().get(out) == simdjson::SUCCESS;
}

bool read_bool(json::value value, bool& out) { return value.get_bool().get(out) == simdjson::SUCCESS; }

bool read_vgroup(json::value value, vgroup_assignment& out) {
    json::object object;
    if (value.get_object().get(object) != simdjson::SUCCESS) return false;
    std::int32_t vgroup = 0;
    std::int64_t offset = 0;
    std::int64_t begin = 0;
    std::int64_t end = 0;
    unsigned found_keys = 0;
    for (auto member : object) {
        json::field field;
        std::string_view key;
        if (std::move(member).get(field) != simdjson::SUCCESS ||
            field.unescaped_key().get(key) != simdjson::SUCCESS)
            return false;
        const auto integer = [&](auto& target, unsigned bit) {
            found_keys |= bit;
            return read_integer(field.value(), target);
        };
        bool is_valid = true;
        if (key == "vgroup_id")
            is_valid = integer(vgroup, 1);
        else if (key == "offset")
            is_valid = integer(offset, 2);
        else if (key == "begin")
            is_valid = integer(begin, 4);
        else if (key == "end")
            is_valid = integer(end, 8);
        if (!is_valid) return false;
    }
    out = vgroup_assignment(vgroup, offset, begin, end);
    return found_keys == 15;
}

/// Far above the limits of a server: 1,024 vgroups in a database, 4,096 columns in a table.
constexpr std::size_t max_items = 65'536;

/// Appends at most `max_kept` items to `out`. A list of more than max_items is refused.
template <class T, class Read>
bool read_array(json::value value, std::vector<T>& out, Read read, std::size_t max_kept = max_items) {
    bool is_null = false;
    if (value.is_null().get(is_null) != simdjson::SUCCESS) return false;
    if (is_null) return true;  // Go writes an empty list as null.
    json::array array;
    if (value.get_array().get(array) != simdjson::SUCCESS) return false;
    std::size_t count = 0;
    for (auto element : array) {
        json::value item;
        T parsed{};
        // The key of a list may come more than once.
        if (++count > max_items || out.size() == max_items) return false;
        if (std::move(element).get(item) != simdjson::SUCCESS || !read(item, parsed)) return false;
        if (out.size() < max_kept) out.push_back(parsed);
    }
    return true;
}

/// True if the reply may have a list of `owner`. The server names the action before the lists.
bool may_have_list(action owner, const reply& out) noexcept {
    return out.action == owner || out.action == action::unknown;
}

bool read_field(std::string_view key, json::value value, reply& out) {
    switch (key.front()) {
        case 'a':
            if (key == "action") {
                std::string_view name;
                if (!read_string(value, name)) return false;
                out.action = parse_action(name);
            } else if (key == "assignment" && may_have_list(action::assignment, out)) {
                out.has_assignment = true;
                return read_array(value, out.assignment, read_vgroup);
            }
            return true;
        case 'c':
            if (key == "code") {
                out.has_code = true;
                return read_integer(value, out.code);
            }
            if (key == "committed" && may_have_list(action::committed, out)) {
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
            return read_object_text(value, out.data);
        case 'f':
            if (key == "fields_count") return read_integer(value, out.fields_count);
            if (!may_have_list(action::fetch, out)) return true;
            if (key == "fields_names") return read_array(value, out.fields_names, read_string);
            if (key == "fields_types") return read_array(value, out.fields_types, read_integer<std::uint8_t>);
            return true;
        case 'h':
            if (key != "have_message") return true;
            out.has_have_message = true;
            return read_bool(value, out.have_message);
        case 'l':
            if (key != "list_instances" || !may_have_list(action::subscribe, out)) return true;
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
            if (key != "position" || !may_have_list(action::position, out)) return true;
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
            if (key == "topics" && may_have_list(action::list_topics, out)) {
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

}  // namespace

void reply::clear() noexcept {
    static_cast<reply_values&>(*this) = reply_values();
    list_instances.clear();
    assignment.clear();
    position.clear();
    committed.clear();
    topics.clear();
    fields_names.clear();
    fields_types.clear();
}

struct reply_parser::impl {
    json::parser parser;
};

reply_parser::reply_parser() : impl_(std::make_unique<impl>()) {}
reply_parser::reply_parser(reply_parser&&) noexcept = default;
reply_parser::~reply_parser() = default;

defect_code reply_parser::parse(std::string_view text, reply& out) {
    out.clear();
    // Replies get longer with their ids, and the parser grows to the exact size of a text, so it would grow
    // again and again: it gets powers of two. Its memory is six times that size, so it is not kept for large
    // texts. It also has memory for each level of nesting: 9 KiB for the default of 1024 levels, which no
    // reply comes near.
    constexpr std::size_t min_capacity = 1024;
    constexpr std::size_t large_text = 1024 * 1024;
    constexpr std::size_t max_depth = 64;
    const std::size_t capacity = impl_->parser.capacity();
    if (text.size() > capacity || (capacity > large_text && text.size() <= large_text)) {
        const std::size_t new_capacity =
            text.size() > large_text ? text.size() : std::bit_ceil(std::max(text.size(), min_capacity));
        const simdjson::error_code error = impl_->parser.allocate(new_capacity, max_depth);
        if (error == simdjson::MEMALLOC) throw std::bad_alloc();
        if (error != simdjson::SUCCESS) return defect_code::reply_not_json;
    }
    json::document document;
    const simdjson::padded_string_view padded(text, text.size() + reply_padding);
    json::object object;
    if (impl_->parser.iterate(padded).get(document) != simdjson::SUCCESS ||
        document.get_object().get(object) != simdjson::SUCCESS)
        return defect_code::reply_not_json;
    for (auto member : object) {
        json::field field;
        std::string_view key;
        if (std::move(member).get(field) != simdjson::SUCCESS ||
            field.unescaped_key().get(key) != simdjson::SUCCESS)
            return defect_code::reply_not_json;
        if (!key.empty() && !read_field(key, field.value(), out)) return defect_code::reply_malformed;
    }
    const char* rest = nullptr;
    if (document.current_location().get(rest) == simdjson::SUCCESS) return defect_code::reply_not_json;
    return defect_code{};
}

base::failure failure_of(const reply& refusal) {
    base::failure result(make_server_error(refusal.code));
    result.server_message = text::printable(refusal.message, 1024);
    return result.name_request(to_string(refusal.action), refusal.req_id);
}

}  // namespace tmq::protocol
