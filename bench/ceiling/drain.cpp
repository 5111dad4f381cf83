// drain --port P --topic T --messages M --rows N: the least a client can do to get the messages of a topic.
//
// A plain socket upgrades to WebSocket, subscribes, then polls and fetches one message after the other, as every client must: the server holds one
// message for a connection, and says which before it can be fetched. The bytes are received into memory and left there: no row is looked at, no
// length inside a message, no offset. What a client takes beyond this is its own.
#include "ceiling/plain_web_socket.hpp"

#include <unistd.h>

#include <charconv>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace {

void append(std::string& out, std::uint64_t value) {
    char digits[20];
    out.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
}

/// The message that the reply to a poll brings, 0 when none. It is one of the last fields.
std::uint64_t message_id(std::string_view reply) {
    constexpr std::string_view key = R"("message_id":)";
    std::uint64_t value = 0;
    const std::size_t at = reply.rfind(key);
    if (at != std::string_view::npos) std::from_chars(reply.data() + at + key.size(), reply.data() + reply.size(), value);
    return value;
}

ceiling::run_result drain(std::uint16_t port, const std::string& topic, std::uint64_t messages) {
    std::vector<char> buffer;
    ceiling::plain_web_socket server(port, buffer);
    ceiling::run_result result;
    result.peer = "drain";
    const double cpu = ceiling::cpu_seconds();
    server.send(R"({"action":"subscribe","args":{"req_id":1,"user":"root","password":"taosdata","group_id":"drain_)" + std::to_string(::getpid()) +
                R"(","client_id":"drain","offset_reset":"earliest","offset_rest":"earliest","auto_commit":"false","topics":[")" + topic + R"("]}})");
    server.expect(R"("code":0)");

    std::uint64_t id = 1;
    std::uint64_t message = 0;
    std::string request;
    const std::uint64_t bytes_before = server.bytes_received();
    const double start = ceiling::now();
    while (result.messages < messages) {
        request = R"({"action":"poll","args":{"req_id":)";
        append(request, ++id);
        request += R"(,"blocking_time":200,"message_id":)";
        append(request, message);
        request += "}}";
        server.send(request);
        const std::string_view found = server.receive();
        message = message_id(found);
        if (message == 0) throw std::runtime_error("no more messages: " + std::string(found));
        request = R"({"action":"fetch_raw_data","args":{"req_id":)";
        append(request, ++id);
        request += R"(,"message_id":)";
        append(request, message);
        request += "}}";
        server.send(request);
        server.receive();
        if (result.messages++ == 0) result.first = ceiling::now() - start;
    }
    result.seconds = ceiling::now() - start;
    result.bytes = server.bytes_received() - bytes_before;
    result.cpu = ceiling::cpu_seconds() - cpu;
    return result;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        const auto port = static_cast<std::uint16_t>(std::stoul(ceiling::option(argc, argv, "--port")));
        ceiling::run_result result = drain(port, ceiling::option(argc, argv, "--topic"), std::stoull(ceiling::option(argc, argv, "--messages")));
        result.rows = std::stoull(ceiling::option(argc, argv, "--rows"));
        ceiling::print(result);
        return 0;
    } catch (const std::exception& why) {
        std::fprintf(stderr, "drain: %s\n", why.what());
        return 2;
    }
}
