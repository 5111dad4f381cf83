#include "tmq/testing/meters.hpp"
#include "tools/arguments.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace {

constexpr std::string_view usage =
    R"(Usage: tmqsim --port N [--replay TRANSCRIPT.jsonl ...] [--load DIR] [--rows N] [--rate R] [--vgroups V]
              [--batch B] [--topic T] [--report-version V] [--lifelike]
              [--tls-certificate FILE --tls-key FILE]

Serves the TMQ protocol at ws://127.0.0.1:N/rest/tmq until SIGINT or SIGTERM.
Prints "listening on PORT" when ready.

  --port N            TCP port; 0 picks a free one
  --replay FILE ...   serve the messages of recorded conversations
  --load DIR          serve the messages of every *.jsonl of a directory, in the order of their names
  --rows N            smart meter rows to generate (default 10000; unlimited with --rate; 0 with --replay or
                      --load)
  --rate R            rows to generate per second; default: all rows before the server is ready
  --vgroups V         vgroups of the generated topic (default 2)
  --batch B           rows per message (default 100)
  --topic T           name of the generated topic (default topic_meters)
  --report-version V  version to report and to behave like (default 3.3.5.8)
  --lifelike          answer polls at the pace of a real server; logs grow with each subscribe and commit
  --tls-certificate FILE, --tls-key FILE
                      serve wss:// with this certificate chain and key (PEM)
  --help              print this text
)";

using tmq::tools::arguments;
using tmq::tools::usage_error;

struct settings {
    std::optional<std::uint16_t> port;
    std::vector<std::string> replay;
    std::optional<std::uint64_t> rows;
    std::uint64_t rate = 0;
    std::int32_t vgroups = 2;
    std::uint64_t batch = 100;
    std::string topic = "topic_meters";
    std::optional<std::string> version;
    bool lifelike = false;
    std::string tls_certificate;
    std::string tls_key;
    bool wants_help = false;
};

/// Adds the transcripts of a directory.
void load(const std::string& directory, std::vector<std::string>& transcripts) {
    std::error_code failure;
    std::vector<std::string> paths;
    for (auto entry = std::filesystem::directory_iterator(directory, failure);
         !failure && entry != std::filesystem::directory_iterator(); entry.increment(failure))
        if (entry->path().extension() == ".jsonl") paths.push_back(entry->path().string());
    if (failure) throw std::runtime_error(directory + ": " + failure.message());
    if (paths.empty()) throw std::runtime_error(directory + ": has no *.jsonl");
    std::sort(paths.begin(), paths.end());
    transcripts.insert(transcripts.end(), paths.begin(), paths.end());
}

void read_option(arguments& line, settings& out) {
    constexpr std::uint64_t most_rows = 1'000'000'000'000;
    const std::string& option = line.option();
    if (option == "--help" || option == "-h") {
        out.wants_help = true;
    } else if (option == "--port") {
        out.port = static_cast<std::uint16_t>(line.number(0, std::numeric_limits<std::uint16_t>::max()));
    } else if (option == "--replay") {
        out.replay.push_back(line.value());
        while (line.has_value())
            out.replay.push_back(line.value());
    } else if (option == "--load") {
        load(line.value(), out.replay);
    } else if (option == "--rows") {
        out.rows = line.number(0, most_rows);
    } else if (option == "--rate") {
        out.rate = line.number(1, most_rows);
    } else if (option == "--vgroups") {
        out.vgroups = static_cast<std::int32_t>(line.number(1, 1024));
    } else if (option == "--batch") {
        out.batch = line.number(1, 100'000);
    } else if (option == "--topic") {
        out.topic = line.value();
    } else if (option == "--report-version") {
        out.version = line.value();
    } else if (option == "--lifelike") {
        out.lifelike = true;
    } else if (option == "--tls-certificate") {
        out.tls_certificate = line.value();
    } else if (option == "--tls-key") {
        out.tls_key = line.value();
    } else {
        throw usage_error("unknown option " + option);
    }
}

std::uint64_t default_rows(const settings& chosen) {
    if (chosen.rate != 0) return std::numeric_limits<std::uint64_t>::max();
    return chosen.replay.empty() ? 10'000 : 0;
}

settings parse(arguments line) {
    settings out;
    while (line.next())
        read_option(line, out);
    if (!out.wants_help && !out.port) throw usage_error("--port is missing");
    if (out.topic.empty()) throw usage_error("--topic must not be empty");
    if (out.tls_certificate.empty() != out.tls_key.empty())
        throw usage_error("--tls-certificate and --tls-key must be given together");
    if (!out.rows) out.rows = default_rows(out);
    return out;
}

/// Waits for a signal to stop, at most `time`. Returns true if there was one.
bool is_stopped_within(const sigset_t& signals, std::chrono::nanoseconds time) {
    timespec wait{};
    wait.tv_sec = static_cast<std::time_t>(time.count() / 1'000'000'000);
    wait.tv_nsec = static_cast<long>(time.count() % 1'000'000'000);
    return sigtimedwait(&signals, nullptr, &wait) > 0;
}

/// Appends rows at the chosen rate until a signal to stop.
void append_live(tmq::testing::server& server, const settings& chosen,
                 const tmq::testing::meter_source& meters, const sigset_t& signals) {
    using clock = std::chrono::steady_clock;
    constexpr std::chrono::milliseconds step{20};
    const auto start = clock::now();
    std::uint64_t appended = 0;
    while (appended < *chosen.rows) {
        const double elapsed = std::chrono::duration<double>(clock::now() - start).count();
        const std::uint64_t due =
            std::min(*chosen.rows, static_cast<std::uint64_t>(elapsed * static_cast<double>(chosen.rate)));
        // Appends whole messages for all tables if enough rows are due, otherwise the rows that are due.
        const std::uint64_t full = chosen.batch * meters.tables();
        const std::uint64_t rows = due - appended > full ? (due - appended) / full * full : due - appended;
        if (rows != 0)
            tmq::testing::append_meters(server, chosen.topic, meters, appended, rows, chosen.batch);
        appended += rows;
        if (is_stopped_within(signals, step)) return;
    }
    int signal = 0;
    sigwait(&signals, &signal);
}

std::string file_content(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) throw std::runtime_error(path + ": cannot be opened");
    return {std::istreambuf_iterator<char>(file), {}};
}

int run(const settings& chosen) {
    // Signals are blocked before the thread of the server starts, so that it inherits the mask and this
    // thread receives them.
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);

    tmq::testing::server_options options;
    options.port(*chosen.port);
    if (chosen.version) options.version(*chosen.version);
    if (chosen.lifelike) options.poll_pace(std::chrono::milliseconds(10)).log_growth(1).commit_growth(1);
    if (!chosen.tls_certificate.empty())
        options.tls(file_content(chosen.tls_certificate), file_content(chosen.tls_key));
    tmq::testing::server server(std::move(options));
    for (const std::string& path : chosen.replay)
        fmt::print(stderr, "{}: {} messages\n", path, server.load(tmq::testing::transcript::from_file(path)));

    const tmq::testing::meter_source meters;
    if (*chosen.rows != 0) {
        server.create_topic(
            tmq::testing::topic_options(chosen.topic).database("power").vgroups(chosen.vgroups));
        if (chosen.rate == 0)
            tmq::testing::append_meters(server, chosen.topic, meters, 0, *chosen.rows, chosen.batch);
    }
    fmt::print("listening on {}\n", server.port());
    std::fflush(stdout);

    if (chosen.rate != 0 && *chosen.rows != 0) {
        append_live(server, chosen, meters, signals);
    } else {
        int signal = 0;
        sigwait(&signals, &signal);
    }
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        const settings chosen = parse(arguments({argv + 1, argv + argc}));
        if (chosen.wants_help) {
            fmt::print("{}", usage);
            return 0;
        }
        return run(chosen);
    } catch (const usage_error& failure) {
        fmt::print(stderr, "tmqsim: {}\n\n{}", failure.what(), usage);
        return 1;
    } catch (const std::exception& failure) {
        fmt::print(stderr, "tmqsim: {}\n", failure.what());
        return 2;
    }
}
