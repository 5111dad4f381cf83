// drain --port P --topic T --messages M --rows N: the least a client can do to get the messages of a topic.
//
// A plain socket upgrades to WebSocket, subscribes, then polls and fetches one message after the other, as every client must: the server holds one
// message for a connection, and says which before it can be fetched. The bytes are received into memory and left there: no row is looked at, no
// length inside a message, no offset. What a client takes beyond this is its own.
#include "ceiling/plain_web_socket.hpp"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace {

/// The number behind `key`, as the server writes its replies.
std::uint64_t number(std::string_view json, std::string_view key) {
    const std::size_t at = json.find(key);
    return at == std::string_view::npos ? 0 : std::strtoull(json.data() + at + key.size(), nullptr, 10);
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
    char request[160];
    const std::uint64_t bytes_before = server.bytes_received();
    const double start = ceiling::now();
    while (result.messages < messages) {
        std::snprintf(request, sizeof request, R"({"action":"poll","args":{"req_id":%llu,"blocking_time":200,"message_id":%llu}})",
                      static_cast<unsigned long long>(++id), static_cast<unsigned long long>(message));
        server.send(request);
        const std::string_view found = server.receive();
        if (found.find(R"("have_message":true)") == std::string_view::npos) throw std::runtime_error("no more messages: " + std::string(found));
        message = number(found, R"("message_id":)");
        std::snprintf(request, sizeof request, R"({"action":"fetch_raw_data","args":{"req_id":%llu,"message_id":%llu}})",
                      static_cast<unsigned long long>(++id), static_cast<unsigned long long>(message));
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
