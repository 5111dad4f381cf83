#include "embedded_server/protocol/replies.hpp"

#include "embedded_server/encode/json_text.hpp"
#include "embedded_server/encode/little_endian.hpp"

#include <fmt/format.h>

#include <iterator>

namespace tmq::embedded::protocol {

namespace {

constexpr std::uint64_t new_form_marker = ~std::uint64_t{0};
constexpr std::uint64_t fetch_raw_data_number = 8;
constexpr std::uint64_t fetch_raw_number = 3;

template <class... Args>
void append(std::string& out, fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(out), format, std::forward<Args>(args)...);
}

outgoing_message text(std::string out) {
    out += '}';
    return {std::move(out), nullptr, false};
}

std::string new_form_head(const request& request, std::chrono::nanoseconds timing, std::uint32_t code,
                          std::string_view message) {
    std::string out;
    encode::append_le(out, new_form_marker);
    encode::append_le(out, fetch_raw_data_number);
    encode::append_le(out, std::uint16_t{1});
    encode::append_le(out, static_cast<std::int64_t>(timing.count()));
    encode::append_le(out, request.req_id);
    encode::append_le(out, code);
    encode::append_le(out, static_cast<std::uint32_t>(message.size()));
    out += message;
    encode::append_le(out, request.message_id.value_or(0));
    return out;
}

}  // namespace

void reply_writer::append_string(std::string& out, std::string_view text) const {
    encode::append_json_string(out, text, version_.escapes_html());
}

void reply_writer::append_strings(std::string& out, const std::vector<std::string>& texts) const {
    out += '[';
    for (const std::string& text : texts) {
        if (&text != texts.data()) out += ',';
        append_string(out, text);
    }
    out += ']';
}

std::string reply_writer::start(const request& request, nanoseconds timing, std::uint32_t code,
                                std::string_view message) const {
    std::string out;
    append(out, R"({{"code":{},"message":)", code);
    append_string(out, message);
    append(out, R"(,"action":"{}","req_id":{},"timing":{})", to_string(request.kind), request.req_id,
           timing.count());
    return out;
}

outgoing_message reply_writer::version_reply(const request& request, nanoseconds timing) const {
    std::string out = version_.version_reply_has_req_id()
                          ? start(request, timing)
                          : std::string(R"({"code":0,"message":"","action":"version")");
    out += R"(,"version":)";
    append_string(out, version_.text());
    return text(std::move(out));
}

outgoing_message reply_writer::success(const request& request, nanoseconds timing) const {
    return text(start(request, timing));
}

outgoing_message reply_writer::subscribe(const request& request, nanoseconds timing,
                                         const std::vector<std::string>& instances) const {
    std::string out = start(request, timing);
    if (version_.subscribe_reply_has_version()) {
        out += R"(,"version":)";
        append_string(out, version_.text());
    }
    if (version_.subscribe_reply_lists_instances() && request.subscribe.list_instances) {
        out += R"(,"list_instances":)";
        append_strings(out, instances);
    }
    return text(std::move(out));
}

outgoing_message reply_writer::error(const request& request, nanoseconds timing, std::uint32_t code,
                                     std::string_view message) const {
    if (request.kind == action::fetch_raw_data)
        return {new_form_head(request, timing, code, message), nullptr, true};
    std::string out = start(request, timing, code, message);
    if (is_fetch(request.kind)) append(out, R"(,"message_id":{})", request.message_id.value_or(0));
    return text(std::move(out));
}

outgoing_message reply_writer::poll(const request& request, nanoseconds timing,
                                    const poll_result* result) const {
    static const poll_result no_message;
    const poll_result& announcement = result ? *result : no_message;
    std::string out = start(request, timing);
    append(out, R"(,"have_message":{},"topic":)", result != nullptr);
    append_string(out, announcement.topic);
    out += R"(,"database":)";
    append_string(out, announcement.database);
    append(out, R"(,"vgroup_id":{},"message_type":{},"message_id":{},"offset":{})", announcement.vgroup,
           announcement.message_type, announcement.message_id, announcement.offset);
    return text(std::move(out));
}

outgoing_message reply_writer::renamed(outgoing_message reply, const request& request,
                                       std::string_view action_name) {
    if (reply.binary) {
        constexpr std::size_t number_offset = sizeof new_form_marker;
        constexpr char query_number = 7;
        if (request.kind == action::fetch_raw_data) reply.head[number_offset] = query_number;
        return reply;
    }
    const std::string name = fmt::format(R"("action":"{}")", to_string(request.kind));
    reply.head.replace(reply.head.find(name), name.size(), fmt::format(R"("action":"{}")", action_name));
    return reply;
}

outgoing_message reply_writer::commit(const request& request, nanoseconds timing) const {
    std::string out = start(request, timing);
    append(out, R"(,"message_id":{})", request.message_id.value_or(0));
    return text(std::move(out));
}

outgoing_message reply_writer::commit_offset(const request& request, nanoseconds timing) const {
    std::string out = start(request, timing);
    out += R"(,"topic":)";
    append_string(out, request.topic);
    append(out, R"(,"vgroup_id":{},"offset":{})", request.vgroup_id, request.offset);
    return text(std::move(out));
}

outgoing_message reply_writer::offsets(const request& request, nanoseconds timing,
                                       const std::vector<std::int64_t>& offsets) const {
    std::string out = start(request, timing);
    append(out, R"(,"{}":[{}])", to_string(request.kind), fmt::join(offsets, ","));
    return text(std::move(out));
}

outgoing_message reply_writer::assignment(const request& request, nanoseconds timing,
                                          const std::vector<vgroup_assignment>& vgroups) const {
    std::string out = start(request, timing);
    out += R"(,"assignment":[)";
    for (const vgroup_assignment& vgroup : vgroups)
        append(out, R"({}{{"vgroup_id":{},"offset":{},"begin":{},"end":{}}})",
               &vgroup == vgroups.data() ? "" : ",", vgroup.vgroup, vgroup.offset, vgroup.begin, vgroup.end);
    out += ']';
    return text(std::move(out));
}

outgoing_message reply_writer::topics(const request& request, nanoseconds timing,
                                      const std::vector<std::string>& topics) const {
    std::string out = start(request, timing);
    out += R"(,"topics":)";
    append_strings(out, topics);
    return text(std::move(out));
}

outgoing_message reply_writer::fetch(const request& request, nanoseconds timing,
                                     const message_block* block) const {
    // The real server does not measure the time if there are no more blocks.
    std::string out = start(request, block ? timing : nanoseconds(0));
    append(out, R"(,"message_id":{},"completed":{},"table_name":)", request.message_id.value_or(0),
           block == nullptr);
    append_string(out, block ? block->table : std::string_view());
    append(out, R"(,"rows":{},"fields_count":{})", block ? block->rows : 0, block ? block->fields.size() : 0);
    const auto list = [&](std::string_view name, auto&& append_value) {
        append(out, R"(,"{}":)", name);
        if (!block) {
            out += "null";
            return;
        }
        out += '[';
        for (const message_block::field& field : block->fields) {
            if (&field != block->fields.data()) out += ',';
            append_value(field);
        }
        out += ']';
    };
    list("fields_names", [&](const message_block::field& field) { append_string(out, field.name); });
    list("fields_types", [&](const message_block::field& field) { append(out, "{}", field.type); });
    list("fields_lengths", [&](const message_block::field& field) { append(out, "{}", field.length); });
    append(out, R"(,"precision":{})", block ? block->precision : 0);
    return text(std::move(out));
}

outgoing_message reply_writer::block(const request& fetch, const message_block& block) {
    std::string head;
    encode::append_le(head, std::uint64_t{0});
    encode::append_le(head, fetch.req_id);
    encode::append_le(head, fetch.message_id.value_or(0));
    return {std::move(head), block.content, true};
}

outgoing_message reply_writer::with_timing(outgoing_message frame, nanoseconds timing) {
    std::string time;
    encode::append_le(time, static_cast<std::int64_t>(timing.count()));
    frame.head.replace(0, time.size(), time);
    return frame;
}

outgoing_message reply_writer::json_meta(const request& request, nanoseconds timing,
                                         const std::string* json) const {
    std::string out = start(request, timing);
    append(out, R"(,"message_id":{},"data":{})", request.message_id.value_or(0),
           json ? std::string_view(*json) : "null");
    return text(std::move(out));
}

outgoing_message reply_writer::raw(const request& request, nanoseconds timing, std::uint16_t raw_type,
                                   const encode::raw_message& message) const {
    const auto size = static_cast<std::uint32_t>(message.size());
    std::string head;
    if (request.kind == action::fetch_raw_data) {
        head = new_form_head(request, timing, 0, {});
        encode::append_le(head, raw_type);
        encode::append_le(head, size);
    } else {
        encode::append_le(head, static_cast<std::int64_t>(timing.count()));
        encode::append_le(head, request.req_id);
        encode::append_le(head, request.message_id.value_or(0));
        encode::append_le(head, fetch_raw_number);
        encode::append_le(head, size);
        encode::append_le(head, raw_type);
    }
    head += message.head;
    return {std::move(head), message.stored, true, message.skipped};
}

}  // namespace tmq::embedded::protocol
