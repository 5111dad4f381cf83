#include "tools/cat.hpp"
#include "tools/exit_status.hpp"
#include "tools/recorder.hpp"
#include "tools/say.hpp"
#include "tools/standard_streams.hpp"
#include "tools/tmqcat_options.hpp"

#include <chrono>
#include <csignal>
#include <exception>
#include <optional>
#include <system_error>

namespace {

using namespace tmq::tools;

double ms(std::chrono::nanoseconds time) { return std::chrono::duration<double, std::milli>(time).count(); }

void say_stats(const tmq::stats& counters) {
    const tmq::latency_summary& trip = counters.round_trip;
    say("{} messages, {} blocks, {} rows, {} commits", counters.messages, counters.blocks, counters.rows,
        counters.commits);
    say("{} bytes received, {} sent, {} inflated", counters.bytes_received, counters.bytes_sent,
        counters.bytes_inflated);
    say("{} connections, {} polls, {} of them without a message", counters.connections, counters.polls,
        counters.empty_polls);
    say("{} other requests: {:.3f} ms to {:.3f} ms, half within {:.3f} ms, 99 % within {:.3f} ms", trip.count,
        ms(trip.min), ms(trip.max), ms(trip.p50), ms(trip.p99));
}

int run(const tmqcat_options& options) {
    std::optional<recorder> record;
    try {
        if (options.record) record.emplace(*options.record);
    } catch (const std::system_error& failure) {
        say("tmqcat: {}", failure.what());
        return usage;
    }
    cat reader(options, record ? &*record : nullptr);
    exit_status status = reader.run();
    if (options.stats) say_stats(reader.stats());
    if (record && !record->close()) {
        say("tmqcat: {}: the conversation could not be written", *options.record);
        if (status == success) status = connection_failed;
    }
    return status;
}

}  // namespace

int main(int argc, char** argv) {
    occupy_standard_streams();
    std::signal(SIGPIPE, SIG_IGN);
    try {
        const parsed_options parsed = parse_tmqcat_options(argc, argv);
        return parsed.options ? run(*parsed.options) : parsed.exit_code;
    } catch (const std::exception&) {
        // The library reports errors through its awaitables, so this process has no file descriptor or no
        // memory left.
        return explain_end(std::current_exception(), true);
    }
}
