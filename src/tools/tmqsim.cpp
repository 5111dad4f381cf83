#include "tmq/embedded_server.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <csignal>
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
#include <vector>

namespace {

constexpr std::string_view usage =
    R"(Usage: tmqsim --port N [--replay TRANSCRIPT.jsonl ...] [--load DIR] [--rows N] [--rate R] [--vgroups V] [--batch B] [--topic T] [--report-version V]
              [--lifelike] [--tls-certificate FILE --tls-key FILE]

Serves the TMQ protocol at ws://127.0.0.1:N/rest/tmq until SIGINT or SIGTERM. Prints "listening on PORT" when ready.

  --port N            TCP port; 0 picks one
  --replay FILE ...   serve the messages of recorded conversations
  --load DIR          the same with every *.jsonl of a directory, in the order of their names
  --rows N            smart meter rows to generate (default: 10000, without end when --rate is given, none with
                      --replay and --load)
  --rate R            rows per second, as time goes by; default: all rows before the server is ready
  --vgroups V         vgroups of the generated topic (default 2)
  --batch B           rows per message (default 100)
  --topic T           name of the generated topic (default topic_meters)
  --report-version V  version to report and to behave like (default 3.3.5.8)
  --lifelike          polls at the pace of a real server, whose logs grow with each subscribe and commit
  --tls-certificate FILE, --tls-key FILE
                      serve wss:// with this certificate chain and key (PEM)
  --help              this text
)";

struct usage_error : std::runtime_error {
    using std::runtime_error::runtime_error;
};

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
    bool help = false;
};

std::uint64_t number(std::string_view option, std::string_view text, std::uint64_t least,
                     std::uint64_t most) {
    std::uint64_t value = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failure != std::errc() || end != text.data() + text.size() || value < least || value > most)
        throw usage_error(fmt::format("{}: '{}' is not a number from {} to {}", option, text, least, most));
    return value;
}

/// Adds the transcripts of a directory.
void load(const std::string& directory, std::vector<std::string>& transcripts) {
    std::error_code failure;
    std::vector<std::string> found;
    for (auto at = std::filesystem::directory_iterator(directory, failure);
         !failure && at != std::filesystem::directory_iterator(); at.increment(failure))
        if (at->path().extension() == ".jsonl") found.push_back(at->path().string());
    if (failure) throw std::runtime_error(directory + ": " + failure.message());
    if (found.empty()) throw std::runtime_error(directory + ": has no *.jsonl");
    std::sort(found.begin(), found.end());
    transcripts.insert(transcripts.end(), found.begin(), found.end());
}

settings parse(const std::vector<std::string>& args) {
    settings out;
    for (std::size_t i = 0; i < args.size(); ++i) {
        const std::string& option = args[i];
        const auto value = [&]() -> const std::string& {
            if (i + 1 == args.size()) throw usage_error(option + " needs a value");
            return args[++i];
        };
        constexpr std::uint64_t billions = 1'000'000'000'000;
        if (option == "--help" || option == "-h") {
            out.help = true;
        } else if (option == "--port") {
            out.port = static_cast<std::uint16_t>(
                number(option, value(), 0, std::numeric_limits<std::uint16_t>::max()));
        } else if (option == "--replay") {
            out.replay.push_back(value());
            while (i + 1 < args.size() && !args[i + 1].starts_with("--"))
                out.replay.push_back(value());
        } else if (option == "--load") {
            load(value(), out.replay);
        } else if (option == "--rows") {
            out.rows = number(option, value(), 0, billions);
        } else if (option == "--rate") {
            out.rate = number(option, value(), 1, billions);
        } else if (option == "--vgroups") {
            out.vgroups = static_cast<std::int32_t>(number(option, value(), 1, 1024));
        } else if (option == "--batch") {
            out.batch = number(option, value(), 1, 100'000);
        } else if (option == "--topic") {
            out.topic = value();
        } else if (option == "--report-version") {
            out.version = value();
        } else if (option == "--lifelike") {
            out.lifelike = true;
        } else if (option == "--tls-certificate") {
            out.tls_certificate = value();
        } else if (option == "--tls-key") {
            out.tls_key = value();
        } else {
            throw usage_error("unknown option " + option);
        }
    }
    if (!out.help && !out.port) throw usage_error("--port is missing");
    if (out.topic.empty()) throw usage_error("--topic: a topic needs a name");
    if (out.tls_certificate.empty() != out.tls_key.empty())
        throw usage_error("--tls-certificate and --tls-key go together");
    if (!out.rows)
        out.rows = out.rate != 0        ? std::numeric_limits<std::uint64_t>::max()
                   : out.replay.empty() ? 10'000
                                        : 0;
    return out;
}

/// Waits for a signal to stop, for at most `time`.
bool stopped_within(const sigset_t& signals, std::chrono::nanoseconds time) {
    timespec wait{};
    wait.tv_sec = static_cast<std::time_t>(time.count() / 1'000'000'000);
    wait.tv_nsec = static_cast<long>(time.count() % 1'000'000'000);
    return sigtimedwait(&signals, nullptr, &wait) > 0;
}

void append_live(tmq::embedded_server& server, const settings& chosen, const tmq::meter_source& meters,
                 const sigset_t& signals) {
    using clock = std::chrono::steady_clock;
    constexpr std::chrono::milliseconds step{20};
    const auto start = clock::now();
    std::uint64_t done = 0;
    while (done < *chosen.rows) {
        const double elapsed = std::chrono::duration<double>(clock::now() - start).count();
        const std::uint64_t due =
            std::min(*chosen.rows, static_cast<std::uint64_t>(elapsed * static_cast<double>(chosen.rate)));
        // full messages for every table when there is enough for them, otherwise what there is
        const std::uint64_t full = chosen.batch * meters.tables();
        const std::uint64_t rows = due - done > full ? (due - done) / full * full : due - done;
        if (rows != 0) tmq::append_meters(server, chosen.topic, meters, done, rows, chosen.batch);
        done += rows;
        if (stopped_within(signals, step)) return;
    }
    int signal = 0;
    sigwait(&signals, &signal);
}

std::string file_content(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in) throw std::runtime_error(path + ": cannot be opened");
    return {std::istreambuf_iterator<char>(in), {}};
}

int run(const settings& chosen) {
    // blocked before the server's thread starts, so that it inherits the mask and the signals wait for this
    // thread
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);

    tmq::embedded_server_options options;
    options.port(*chosen.port);
    if (chosen.version) options.version(*chosen.version);
    if (chosen.lifelike) options.poll_pace(std::chrono::milliseconds(10)).log_growth(1).commit_growth(1);
    if (!chosen.tls_certificate.empty())
        options.tls(file_content(chosen.tls_certificate), file_content(chosen.tls_key));
    tmq::embedded_server server(std::move(options));
    for (const std::string& path : chosen.replay)
        fmt::print(stderr, "{}: {} messages\n", path, server.load_transcript(path));

    const tmq::meter_source meters;
    if (*chosen.rows != 0) {
        server.create_topic(tmq::topic_options(chosen.topic).database("power").vgroups(chosen.vgroups));
        if (chosen.rate == 0) tmq::append_meters(server, chosen.topic, meters, 0, *chosen.rows, chosen.batch);
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
        const settings chosen = parse({argv + 1, argv + argc});
        if (chosen.help) {
            fmt::print("{}", usage);
            return 0;
        }
        return run(chosen);
    } catch (const usage_error& e) {
        fmt::print(stderr, "tmqsim: {}\n\n{}", e.what(), usage);
        return 1;
    } catch (const std::exception& e) {
        fmt::print(stderr, "tmqsim: {}\n", e.what());
        return 2;
    }
}
