// plain_server --messages M [--port P] [--rows-per-block R] [--blocks-per-message B]: the least a server can
// do to give the messages of a topic away.
//
// Every reply that brings a message is there before the first client comes, all but the id of the request
// that it answers: the load of `tmqbench serve` in one vgroup, by default of one row a message. A request
// costs a receive, a look at its ids, and a send; one thread with blocking sockets serves one client after
// the other, each from the first message on. It knows the requests that tmq and `drain` send, and hangs up at
// others.
//
// `drain` against it is what two round trips a message can come to on a machine; a client that is compared
// with that is not held up by its server.
#include "ceiling/accepted_web_socket.hpp"
#include "ceiling/conversation.hpp"
#include "ceiling/plain_listener.hpp"
#include "ceiling/prepared_messages.hpp"

#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <string>

namespace {

ceiling::prepared_messages prepare(std::uint64_t messages, std::size_t rows_per_block,
                                   std::size_t blocks_per_message) {
    tmq::tools::tmqbench::load load;
    load.rows = messages * rows_per_block * blocks_per_message;
    load.vgroups = 1;
    load.rows_per_block = rows_per_block;
    load.blocks_per_message = blocks_per_message;
    ceiling::prepared_messages prepared(load);
    if (prepared.size() != messages)
        throw std::runtime_error("blocks of several rows come in eights: one for each table");
    return prepared;
}

void serve(ceiling::plain_socket socket, ceiling::prepared_messages& messages) {
    ceiling::accepted_web_socket client(socket);
    ceiling::conversation conversation(client, messages);
    while (const auto request = client.receive())
        conversation.answer(*request);
}

}  // namespace

int main(int argc, char** argv) {
    try {
        const auto number = [&](const char* name, const char* fallback) {
            return std::stoull(ceiling::option(argc, argv, name, fallback));
        };
        ceiling::prepared_messages messages =
            prepare(number("--messages", nullptr), number("--rows-per-block", "1"),
                    number("--blocks-per-message", "1"));
        const ceiling::plain_listener listener(static_cast<std::uint16_t>(number("--port", "0")));
        for (const int signal : {SIGTERM, SIGINT})
            std::signal(signal, [](int) { ::_exit(0); });
        std::printf("listening on %u\n", static_cast<unsigned>(listener.port()));
        std::fflush(stdout);
        for (;;) {
            try {
                serve(listener.accept(), messages);
            } catch (const std::exception& why) {
                std::fprintf(stderr, "plain_server: %s\n", why.what());
            }
        }
    } catch (const std::exception& why) {
        std::fprintf(stderr, "plain_server: %s\n", why.what());
        return 2;
    }
}
