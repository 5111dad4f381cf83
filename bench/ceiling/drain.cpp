// drain --port P --topic T --messages M --rows N: the least a client can do to get the messages of a topic.
//
// A plain socket upgrades to WebSocket, subscribes, then polls and fetches one message after the other, as
// every client must: the server holds one message for a connection, and says which before it can be fetched.
// The bytes are received into memory and left there: no row is looked at, no length inside a message, no
// offset. What a client takes beyond this is its own.
#include "ceiling/plain_requests.hpp"
#include "ceiling/plain_web_socket.hpp"

#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

namespace {

ceiling::run_result drain(std::uint16_t port, const std::string& topic, std::uint64_t messages) {
    std::vector<char> buffer;
    ceiling::plain_web_socket server(port, buffer);
    ceiling::run_result result;
    result.peer = "drain";
    const double cpu = ceiling::cpu_seconds();
    server.send(ceiling::subscribe_request(topic, "drain_" + std::to_string(::getpid())));
    server.expect(R"("code":0)");

    std::uint64_t id = 1;
    std::uint64_t message = 0;
    std::string request;
    const std::uint64_t bytes_before = server.bytes_received();
    const double start = ceiling::now();
    while (result.messages < messages) {
        ceiling::write_poll(request, ++id, message);
        server.send(request);
        message = ceiling::message_id(server.receive());
        ceiling::write_fetch(request, ++id, message);
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
        ceiling::run_result result = drain(port, ceiling::option(argc, argv, "--topic"),
                                           std::stoull(ceiling::option(argc, argv, "--messages")));
        result.rows = std::stoull(ceiling::option(argc, argv, "--rows"));
        ceiling::print(result);
        return 0;
    } catch (const std::exception& why) {
        std::fprintf(stderr, "drain: %s\n", why.what());
        return 2;
    }
}
