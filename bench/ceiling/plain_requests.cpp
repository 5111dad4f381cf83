#include "ceiling/plain_requests.hpp"

#include <charconv>
#include <stdexcept>

namespace ceiling {
namespace {

void append(std::string& out, std::uint64_t value) {
    char digits[20];
    out.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
}

}  // namespace

std::string upgrade(plain_socket& socket, std::string_view more) {
    socket.send(
        "GET /rest/tmq HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n" +
        std::string(more) + "\r\n");
    std::string head;
    while (!head.ends_with("\r\n\r\n")) {
        char next = 0;
        socket.receive_all(&next, 1);
        head += next;
    }
    if (!head.starts_with("HTTP/1.1 101 ")) throw std::runtime_error("no WebSocket here");
    return head;
}

void write_text_frame(std::string& frame, std::string_view text) {
    frame = '\x81';
    if (text.size() < 126) {
        frame += static_cast<char>(0x80 | text.size());
    } else {
        frame += '\xfe';
        frame += static_cast<char>(text.size() >> 8);
        frame += static_cast<char>(text.size());
    }
    frame.append(4, '\0');
    frame += text;
}

std::string subscribe_request(const std::string& topic, const std::string& group, const login& as) {
    return R"({"action":"subscribe","args":{"req_id":1,"user":")" + as.user + R"(","password":")" +
           as.password + R"(","group_id":")" + group + R"(","client_id":")" + group +
           R"(","offset_reset":"earliest","offset_rest":"earliest","auto_commit":"false","topics":[")" +
           topic + R"("]}})";
}

void write_poll(std::string& request, std::uint64_t req_id, std::uint64_t message) {
    request = R"({"action":"poll","args":{"req_id":)";
    append(request, req_id);
    request += R"(,"blocking_time":200,"message_id":)";
    append(request, message);
    request += "}}";
}

void write_fetch(std::string& request, std::uint64_t req_id, std::uint64_t message) {
    request = R"({"action":"fetch_raw_data","args":{"req_id":)";
    append(request, req_id);
    request += R"(,"message_id":)";
    append(request, message);
    request += "}}";
}

std::uint64_t find_message(std::string_view reply) noexcept {
    // It is one of the last fields.
    constexpr std::string_view key = R"("message_id":)";
    std::uint64_t value = 0;
    const std::size_t at = reply.rfind(key);
    if (at != std::string_view::npos)
        std::from_chars(reply.data() + at + key.size(), reply.data() + reply.size(), value);
    return value;
}

std::uint64_t message_id(std::string_view reply) {
    const std::uint64_t message = find_message(reply);
    if (message == 0) throw std::runtime_error("no more messages: " + std::string(reply));
    return message;
}

}  // namespace ceiling
