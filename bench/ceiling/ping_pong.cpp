// ping_pong --messages M --rows N [--sizes POLL,FOUND,FETCH,MESSAGE]: what two round trips cost on this machine, with nobody working at either end.
//
// A message takes a client two requests, each sent when the reply to the one before is there. Here two processes exchange as many bytes in that
// rhythm over loopback, with blocking sockets, and look at none of them: neither end parses, looks anything up, waits for more than one thing, or
// frames. The sizes are those of frames on the wire, by default of messages of one row. No pair of client and server can be faster without asking
// for more than one message at a time, which the protocol does not allow. Set beside `drain` it tells what the server takes; a client is to be
// compared with `drain`, which talks to the same server.
#include "ceiling/plain_socket.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

namespace {

using ceiling::plain_socket;

/// Bytes of: the poll, its reply, the fetch, its reply.
using frame_sizes = std::array<std::size_t, 4>;

frame_sizes parse(const std::string& text) {
    frame_sizes sizes{};
    if (std::sscanf(text.c_str(), "%zu,%zu,%zu,%zu", &sizes[0], &sizes[1], &sizes[2], &sizes[3]) != 4 ||
        *std::min_element(sizes.begin(), sizes.end()) == 0)
        throw std::runtime_error("--sizes needs four numbers");
    return sizes;
}

/// Answers the one client until it hangs up.
void serve(int listener, const frame_sizes& sizes) {
    const int accepted = ::accept(listener, nullptr, nullptr);
    if (accepted < 0) throw std::system_error(errno, std::generic_category(), "accept");
    const int on = 1;
    ::setsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    plain_socket client = plain_socket::of(accepted);
    std::vector<char> request(std::max(sizes[0], sizes[2]));
    const std::string found(sizes[1], 'f');
    const std::string message(sizes[3], 'm');
    for (;;) {
        const std::size_t got = client.receive(request.data(), sizes[0]);
        if (got == 0) return;
        client.receive_all(request.data(), sizes[0] - got);
        client.send(found);
        client.receive_all(request.data(), sizes[2]);
        client.send(message);
    }
}

int listen_on_loopback(std::uint16_t& port) {
    const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (listener < 0 || ::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 || ::listen(listener, 1) != 0 ||
        ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) != 0)
        throw std::system_error(errno, std::generic_category(), "listen");
    port = ntohs(address.sin_port);
    return listener;
}

ceiling::run_result ping_pong(std::uint16_t port, const frame_sizes& sizes, std::uint64_t messages) {
    plain_socket server(port);
    const std::string poll(sizes[0], 'p');
    const std::string fetch(sizes[2], 'f');
    std::vector<char> reply(std::max(sizes[1], sizes[3]));
    ceiling::run_result result;
    result.peer = "ping_pong";
    const double cpu = ceiling::cpu_seconds();
    const double start = ceiling::now();
    for (; result.messages < messages; ++result.messages) {
        server.send(poll);
        server.receive_all(reply.data(), sizes[1]);
        server.send(fetch);
        server.receive_all(reply.data(), sizes[3]);
        if (result.messages == 0) result.first = ceiling::now() - start;
    }
    result.seconds = ceiling::now() - start;
    result.cpu = ceiling::cpu_seconds() - cpu;
    result.bytes = messages * (sizes[1] + sizes[3]);
    return result;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        const frame_sizes sizes = parse(ceiling::option(argc, argv, "--sizes", "79,180,70,365"));
        const std::uint64_t messages = std::stoull(ceiling::option(argc, argv, "--messages"));
        const std::uint64_t rows = std::stoull(ceiling::option(argc, argv, "--rows"));
        std::uint16_t port = 0;
        const int listener = listen_on_loopback(port);
        const pid_t child = ::fork();
        if (child < 0) throw std::system_error(errno, std::generic_category(), "fork");
        if (child == 0) {
            serve(listener, sizes);
            ::_exit(0);
        }
        ::close(listener);
        ceiling::run_result result = ping_pong(port, sizes, messages);
        result.rows = rows;
        ceiling::print(result);
        ::waitpid(child, nullptr, 0);
        return 0;
    } catch (const std::exception& why) {
        std::fprintf(stderr, "ping_pong: %s\n", why.what());
        return 2;
    }
}
