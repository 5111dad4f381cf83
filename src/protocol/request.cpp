#include "protocol/request.hpp"

#include "text/json_string.hpp"

#include <fmt/format.h>

#include <array>
#include <cassert>
#include <charconv>
#include <concepts>
#include <cstring>
#include <limits>

namespace tmq::protocol {
namespace {

// Every message costs two requests, and a format string would be parsed for each: requests are assembled from
// pieces of known size.

template <std::size_t N>
void put(text_buffer& out, const char (&text)[N]) {
    out.append(text, N - 1);
}

/// Appends `key`, which includes its punctuation, and the number.
template <std::size_t N, std::integral T>
void put(text_buffer& out, const char (&key)[N], T number) {
    put(out, key);
    const fmt::format_int digits(number);
    out.append(digits.data(), digits.size());
}

/// Begins a request. The arguments and close() must follow.
void open(text_buffer& out, action request_action, std::uint64_t req_id) {
    put(out, R"({"action":")");
    out.append(to_string(request_action));
    put(out, R"(","args":{"req_id":)", req_id);
}

void close(text_buffer& out) { put(out, "}}"); }

/// Text of a poll or fetch, assembled on the stack: copying a piece of constant size takes a few
/// instructions.
class read_request_text {
  public:
    template <std::size_t N>
    read_request_text& put(const char (&piece)[N]) noexcept {
        std::memcpy(text_.data() + size_, piece, N - 1);
        size_ += N - 1;
        return *this;
    }
    read_request_text& put(std::string_view name) noexcept {
        std::memcpy(text_.data() + size_, name.data(), name.size());
        size_ += name.size();
        return *this;
    }
    template <std::integral T>
    read_request_text& put(T number) noexcept {
        const auto written = std::to_chars(text_.data() + size_, text_.data() + text_.size(), number);
        size_ = static_cast<std::size_t>(written.ptr - text_.data());
        return *this;
    }
    void append_to(text_buffer& out) const {
        assert(size_ <= text_.size());
        out.append(text_.data(), size_);
    }

  private:
    static constexpr std::size_t longest_keys = 80;
    static constexpr std::size_t longest_name = 16;
    static constexpr std::size_t longest_number = std::numeric_limits<std::uint64_t>::digits10 + 2;

    std::array<char, longest_keys + longest_name + 3 * longest_number> text_;
    std::size_t size_ = 0;
};

void write_field(text_buffer& out, std::string_view key, std::string_view value) {
    put(out, ",\"");
    out.append(key);
    put(out, "\":");
    text::append_json_string(out, value);
}

void write_offset(text_buffer& out, action request_action, std::uint64_t req_id, std::string_view topic,
                  std::int32_t vgroup, std::int64_t offset) {
    open(out, request_action, req_id);
    write_field(out, "topic", topic);
    put(out, R"(,"vgroup_id":)", vgroup);
    put(out, R"(,"offset":)", offset);
    close(out);
}

void write_partitions(text_buffer& out, action request_action, std::uint64_t req_id,
                      std::span<const partition_offset> partitions) {
    open(out, request_action, req_id);
    put(out, R"(,"topic_vgroup_ids":[)");
    for (std::size_t i = 0; i < partitions.size(); ++i) {
        if (i != 0) out.push_back(',');
        put(out, R"({"topic":)");
        text::append_json_string(out, partitions[i].topic());
        put(out, R"(,"vgroup_id":)", partitions[i].vgroup());
        out.push_back('}');
    }
    out.push_back(']');
    close(out);
}

void write_optional(text_buffer& out, std::string_view key, std::string_view value) {
    if (!value.empty()) write_field(out, key, value);
}

void write_config(text_buffer& out, std::span<const std::pair<std::string, std::string>> config) {
    if (config.empty()) return;
    put(out, R"(,"config":{)");
    for (std::size_t i = 0; i < config.size(); ++i) {
        if (i != 0) out.push_back(',');
        text::append_json_string(out, config[i].first);
        out.push_back(':');
        text::append_json_string(out, config[i].second);
    }
    out.push_back('}');
}

}  // namespace

void write_version(text_buffer& out, std::uint64_t req_id) {
    open(out, action::version, req_id);
    close(out);
}

void write_subscribe(text_buffer& out, std::uint64_t req_id, const subscribe_request& request) {
    open(out, action::subscribe, req_id);
    write_field(out, "user", request.user);
    write_field(out, "password", request.password);
    write_optional(out, "db", request.db);
    write_field(out, "group_id", request.group_id);
    write_optional(out, "client_id", request.client_id);
    // Adapters before 3.3.5 know only the misspelt name. Newer ones know both and prefer the right one.
    write_optional(out, "offset_rest", request.offset_reset);
    write_optional(out, "offset_reset", request.offset_reset);
    write_field(out, "auto_commit", "false");
    write_optional(out, "snapshot_enable", request.snapshot_enable);
    write_optional(out, "with_table_name", request.with_table_name);
    write_optional(out, "enable_batch_meta", request.enable_batch_meta);
    write_optional(out, "msg_consume_excluded", request.msg_consume_excluded);
    write_optional(out, "msg_consume_rawdata", request.msg_consume_rawdata);
    write_optional(out, "session_timeout_ms", request.session_timeout_ms);
    write_optional(out, "max_poll_interval_ms", request.max_poll_interval_ms);
    write_optional(out, "tz", request.tz);
    write_optional(out, "app", request.app);
    write_optional(out, "ip", request.ip);
    write_optional(out, "connector", request.connector);
    if (request.list_instances) put(out, R"(,"list_instances":true)");
    write_config(out, request.config);
    put(out, R"(,"topics":[)");
    for (std::size_t i = 0; i < request.topics.size(); ++i) {
        if (i != 0) out.push_back(',');
        text::append_json_string(out, request.topics[i]);
    }
    out.push_back(']');
    close(out);
}

void write_poll(text_buffer& out, std::uint64_t req_id, std::int64_t blocking_time_ms,
                std::uint64_t message_id) {
    read_request_text text;
    text.put(R"({"action":"poll","args":{"req_id":)").put(req_id);
    text.put(R"(,"blocking_time":)").put(blocking_time_ms);
    text.put(R"(,"message_id":)").put(message_id).put("}}");
    text.append_to(out);
}

void write_fetch(text_buffer& out, action fetch_action, std::uint64_t req_id, std::uint64_t message_id) {
    read_request_text text;
    text.put(R"({"action":")").put(to_string(fetch_action)).put(R"(","args":{"req_id":)").put(req_id);
    text.put(R"(,"message_id":)").put(message_id).put("}}");
    text.append_to(out);
}

void write_commit(text_buffer& out, std::uint64_t req_id) {
    open(out, action::commit, req_id);
    close(out);
}

void write_commit_offset(text_buffer& out, std::uint64_t req_id, std::string_view topic, std::int32_t vgroup,
                         std::int64_t offset) {
    write_offset(out, action::commit_offset, req_id, topic, vgroup, offset);
}

void write_assignment(text_buffer& out, std::uint64_t req_id, std::string_view topic) {
    open(out, action::assignment, req_id);
    write_field(out, "topic", topic);
    close(out);
}

void write_committed(text_buffer& out, std::uint64_t req_id, std::span<const partition_offset> partitions) {
    write_partitions(out, action::committed, req_id, partitions);
}

void write_position(text_buffer& out, std::uint64_t req_id, std::span<const partition_offset> partitions) {
    write_partitions(out, action::position, req_id, partitions);
}

void write_seek(text_buffer& out, std::uint64_t req_id, std::string_view topic, std::int32_t vgroup,
                std::int64_t offset) {
    write_offset(out, action::seek, req_id, topic, vgroup, offset);
}

void write_list_topics(text_buffer& out, std::uint64_t req_id) {
    open(out, action::list_topics, req_id);
    close(out);
}

void write_unsubscribe(text_buffer& out, std::uint64_t req_id) {
    open(out, action::unsubscribe, req_id);
    close(out);
}

}  // namespace tmq::protocol
