#include "embedded_server/broker/dialogue.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tmq::test {

void dialogue::disconnect(member_id id, embedded::broker::broker::loss with) {
    broker_.close(id, now_, inbox_, with);
}

void dialogue::send(member_id id, std::string_view request) {
    const embedded::protocol::parsed_request parsed = embedded::protocol::parse_request(request);
    if (parsed.request) broker_.handle(id, *parsed.request, now_, inbox_);
}

outgoing_message dialogue::ask_frame(member_id id, std::string_view request) {
    const embedded::protocol::parsed_request parsed = embedded::protocol::parse_request(request);
    return parsed.request ? ask_frame(id, *parsed.request) : outgoing_message{"no reply", nullptr, false};
}

outgoing_message dialogue::ask_frame(member_id id, const embedded::protocol::request& request) {
    broker_.handle(id, request, now_, inbox_);
    // the deadline of max.poll.interval.ms is always there, so the wait for a reply must end somewhere
    for (const auto limit = now_ + std::chrono::minutes(1); now_ < limit;) {
        if (auto found = take(id, request.req_id)) return std::move(*found);
        const auto due = broker_.next_deadline();
        if (!due || *due > limit) break;
        now_ = std::max(now_, *due);
        broker_.advance(now_, inbox_);
    }
    return {"no reply", nullptr, false};
}

std::string dialogue::ask(member_id id, std::string_view request) {
    return without_timing(ask_frame(id, request).head);
}

void dialogue::pass(std::chrono::milliseconds time) {
    const auto end = now_ + time;
    for (auto due = broker_.next_deadline(); due && *due <= end; due = broker_.next_deadline()) {
        now_ = std::max(now_, *due);
        broker_.advance(now_, inbox_);
    }
    now_ = end;
    broker_.advance(now_, inbox_);
}

void dialogue::wake() { broker_.advance(now_, inbox_); }

std::vector<std::string> dialogue::inbox(member_id id) {
    std::vector<std::string> replies;
    for (const embedded::broker::outgoing_reply& one : inbox_)
        if (one.recipient == id) replies.push_back(without_timing(one.message.head));
    std::erase_if(inbox_, [id](const embedded::broker::outgoing_reply& one) { return one.recipient == id; });
    return replies;
}

std::optional<outgoing_message> dialogue::take(member_id id, std::uint64_t req_id) {
    const auto at =
        std::find_if(inbox_.begin(), inbox_.end(), [&](const embedded::broker::outgoing_reply& one) {
            return one.recipient == id && one.req_id == req_id;
        });
    if (at == inbox_.end()) return std::nullopt;
    outgoing_message found = std::move(at->message);
    inbox_.erase(at);
    return found;
}

std::int64_t dialogue::append_row(const std::string& topic, std::int32_t vgroup) {
    return broker_.topics().at(topic, vgroup).append(2, std::vector<std::byte>(8, std::byte{7})).end;
}

std::string without_timing(std::string text) {
    constexpr std::string_view key = "\"timing\":";
    const std::size_t at = text.find(key);
    if (at == std::string::npos) return text;
    const std::size_t digits = at + key.size();
    return text.replace(digits, text.find_first_not_of("0123456789", digits) - digits, 1, '0');
}

std::string subscribe(std::string_view group, std::string_view topic, std::string_view reset,
                      std::string_view more) {
    return fmt::format(
        R"({{"action":"subscribe","args":{{"req_id":1,"user":"root","password":"taosdata","group_id":"{}","offset_reset":"{}","topics":["{}"],)"
        R"("auto_commit":"false"{}}}}})",
        group, reset, topic, more);
}

std::string poll(std::uint64_t req_id, std::int64_t blocking_time) {
    return fmt::format(R"({{"action":"poll","args":{{"req_id":{},"blocking_time":{}}}}})", req_id,
                       blocking_time);
}

std::string fetch(std::uint64_t req_id, std::uint64_t message_id) {
    return fmt::format(R"({{"action":"fetch_raw_data","args":{{"req_id":{},"message_id":{}}}}})", req_id,
                       message_id);
}

std::string plain(std::string_view action, std::uint64_t req_id) {
    return fmt::format(R"({{"action":"{}","args":{{"req_id":{}}}}})", action, req_id);
}

std::string with_offset(std::string_view action, std::uint64_t req_id, std::string_view topic,
                        std::int32_t vgroup, std::int64_t offset) {
    return fmt::format(R"({{"action":"{}","args":{{"req_id":{},"topic":"{}","vgroup_id":{},"offset":{}}}}})",
                       action, req_id, topic, vgroup, offset);
}

std::string offset_of(std::string_view action, std::uint64_t req_id, std::string_view topic,
                      std::int32_t vgroup) {
    return fmt::format(
        R"({{"action":"{}","args":{{"req_id":{},"topic_vgroup_ids":[{{"topic":"{}","vgroup_id":{}}}]}}}})",
        action, req_id, topic, vgroup);
}

std::string assignment(std::uint64_t req_id, std::string_view topic) {
    return fmt::format(R"({{"action":"assignment","args":{{"req_id":{},"topic":"{}"}}}})", req_id, topic);
}

}  // namespace tmq::test
