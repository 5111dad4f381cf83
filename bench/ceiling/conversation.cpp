#include "ceiling/conversation.hpp"

#include <charconv>
#include <chrono>
#include <stdexcept>

namespace ceiling {
namespace {

constexpr std::int64_t nothing_committed = -2147467247;

/// The number that a key is followed by, 0 without a number. `at`: where the key is, npos when nowhere.
template <class Integer>
Integer number_behind(std::string_view json, std::string_view key, std::size_t at) {
    Integer value = 0;
    if (at != std::string_view::npos)
        std::from_chars(json.data() + at + key.size(), json.data() + json.size(), value);
    return value;
}

/// The number behind `key`, 0 when there is none.
template <class Integer>
Integer number(std::string_view json, std::string_view key) {
    return number_behind<Integer>(json, key, json.find(key));
}

/// The message_id, which is the last argument of those that have one.
std::uint64_t message_id(std::string_view json) {
    constexpr std::string_view key = R"("message_id":)";
    return number_behind<std::uint64_t>(json, key, json.rfind(key));
}

}  // namespace

template <std::integral Integer>
void conversation::add(Integer value) {
    char digits[20];
    const std::to_chars_result end = std::to_chars(digits, digits + sizeof digits, value);
    add({digits, static_cast<std::size_t>(end.ptr - digits)});
}

void conversation::answer(std::string_view request) {
    constexpr std::string_view beginning = R"({"action":")";
    const std::size_t end = request.find('"', beginning.size());
    if (!request.starts_with(beginning) || end == std::string_view::npos)
        throw std::runtime_error("not a request: " + std::string(request));
    const std::string_view action = request.substr(beginning.size(), end - beginning.size());
    const std::string_view arguments = request.substr(end);
    const auto req_id = number<std::uint64_t>(arguments, R"("req_id":)");
    if (action == "poll") return poll(arguments, req_id);
    if (action == "fetch_raw_data") return fetch(arguments, req_id);
    if (action == "subscribe") return subscribe(arguments, req_id);
    if (!answer_other(action, arguments, req_id))
        throw std::runtime_error("unknown request: " + std::string(request));
}

void conversation::subscribe(std::string_view arguments, std::uint64_t req_id) {
    if (arguments.find(R"("topics":["bench"])") == std::string_view::npos)
        start("subscribe", req_id, R"("code":993,"message":"Topic not exist")");
    else
        start("subscribe", req_id);
    send();
}

void conversation::poll(std::string_view arguments, std::uint64_t req_id) {
    const bool is_held = held_ != 0 && message_id(arguments) != held_;
    const bool found = is_held || held_ < messages_.size();
    if (!found)
        client_.wait(std::chrono::milliseconds(number<std::uint32_t>(arguments, R"("blocking_time":)")));
    start("poll", req_id);
    if (found) {
        if (!is_held) ++held_;
        add(R"(,"have_message":true,"topic":"bench","database":"power","vgroup_id":1,"message_type":1,"message_id":)");
        add(held_);
        add(R"(,"offset":)");
        add(held_ - 1);
    } else {
        add(R"(,"have_message":false,"topic":"","database":"","vgroup_id":0,"message_type":0,"message_id":0,"offset":0)");
    }
    send();
}

void conversation::fetch(std::string_view arguments, std::uint64_t req_id) {
    if (held_ == 0 || message_id(arguments) != held_)
        throw std::runtime_error("a fetch of a message that is not held");
    client_.send(messages_.reply_to(req_id, held_ - 1));
}

bool conversation::answer_other(std::string_view action, std::string_view arguments, std::uint64_t req_id) {
    if (action == "version") {
        out_.assign(frame_head_room, '\0');
        add(R"({"code":0,"message":"","action":"version","version":"3.3.6.0")");
        send();
        return true;
    }
    start(action, req_id);
    if (action == "assignment") {
        add(R"(,"assignment":[{"vgroup_id":1,"offset":)");
        add(held_);
        add(R"(,"begin":0,"end":)");
        add(messages_.size());
        add("}]");
    } else if (action == "committed") {
        add(R"(,"committed":[)");
        add(committed_.value_or(nothing_committed));
        add("]");
    } else if (action == "position") {
        add(R"(,"position":[)");
        add(held_);
        add("]");
    } else if (action == "commit_offset") {
        committed_ = number<std::int64_t>(arguments, R"("offset":)");
        add(R"(,"topic":"bench","vgroup_id":1,"offset":)");
        add(*committed_);
    } else if (action == "commit") {
        committed_ = static_cast<std::int64_t>(held_);
        add(R"(,"message_id":)");
        add(message_id(arguments));
    } else if (action == "list_topics") {
        add(R"(,"topics":["bench"])");
    } else if (action != "unsubscribe" && action != "seek") {
        return false;
    }
    send();
    return true;
}

void conversation::start(std::string_view action, std::uint64_t req_id, std::string_view outcome) {
    out_.assign(frame_head_room, '\0');
    add("{");
    add(outcome);
    add(R"(,"action":")");
    add(action);
    add(R"(","req_id":)");
    add(req_id);
    add(R"(,"timing":0)");
}

void conversation::send() {
    out_ += '}';
    const char* const begin =
        put_frame_head(out_.data() + frame_head_room, frame_kind::text, out_.size() - frame_head_room);
    client_.send({begin, static_cast<std::size_t>(out_.data() + out_.size() - begin)});
}

}  // namespace ceiling
