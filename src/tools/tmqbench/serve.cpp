#include "tmq/testing/server.hpp"
#include "tools/tmqbench/commands.hpp"
#include "tools/tmqbench/load.hpp"
#include "tools/tmqbench/process_usage.hpp"

#include <fmt/core.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <limits>
#include <stdexcept>
#include <string>

namespace tmq::tools::tmqbench {
namespace {

struct serve_options {
    testing::server_options server;
    load topic;
};

std::string file_content(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) throw std::runtime_error(path + ": cannot be opened");
    return {std::istreambuf_iterator<char>(file), {}};
}

/// Sets the poll pace of a server whose options have one.
template <class Options>
void set_poll_pace(Options& server, std::chrono::milliseconds pace) {
    if constexpr (requires { server.poll_pace(pace); })
        server.poll_pace(pace);
    else
        throw usage_error("--poll-pace: this server does not have it");
}

serve_options parse_serve(arguments& args) {
    serve_options out;
    std::string certificate;
    std::string key;
    while (args.next()) {
        const std::string& option = args.option();
        if (option == "--port")
            out.server.port(
                static_cast<std::uint16_t>(args.number(0, std::numeric_limits<std::uint16_t>::max())));
        else if (option == "--rows")
            out.topic.rows = args.number(1, 1'000'000'000);
        else if (option == "--topic")
            out.topic.topic = args.value();
        else if (option == "--stable")
            out.topic.stable = true;
        else if (option == "--vgroups")
            out.topic.vgroups = static_cast<std::int32_t>(args.number(1, 1024));
        else if (option == "--rows-per-block")
            out.topic.rows_per_block = args.number(1, 1'000'000);
        else if (option == "--blocks-per-message")
            out.topic.blocks_per_message = args.number(1, 100'000);
        else if (option == "--report-version")
            out.server.version(args.value());
        else if (option == "--poll-pace")
            set_poll_pace(out.server, std::chrono::milliseconds(args.number(0, 10'000)));
        else if (option == "--tls-certificate")
            certificate = args.value();
        else if (option == "--tls-key")
            key = args.value();
        else
            throw usage_error("unknown option " + option);
    }
    if (certificate.empty() != key.empty())
        throw usage_error("--tls-certificate and --tls-key must be given together");
    if (!certificate.empty()) out.server.tls(file_content(certificate), file_content(key));
    return out;
}

}  // namespace

int serve(arguments args) {
    const serve_options options = parse_serve(args);
    // Signals are blocked before the thread of the server starts, so that it inherits the mask and this
    // thread receives them.
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);

    allow_many_files();
    testing::server server(options.server);
    append(server, options.topic);
    fmt::print("listening on {}\n", server.port());
    std::fflush(stdout);
    int signal = 0;
    sigwait(&signals, &signal);
    return 0;
}

}  // namespace tmq::tools::tmqbench
