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

void say_stats(const tmq::stats& done) {
    const tmq::latency_summary& trip = done.round_trip;
    say("{} messages, {} blocks, {} rows, {} commits", done.messages, done.blocks, done.rows, done.commits);
    say("{} bytes received, {} sent, {} inflated", done.bytes_received, done.bytes_sent, done.bytes_inflated);
    say("{} connections, {} polls, {} of them without a message", done.connections, done.polls,
        done.empty_polls);
    say("{} other requests: {:.3f} ms to {:.3f} ms, half within {:.3f} ms, 99 % within {:.3f} ms", trip.count,
        ms(trip.min), ms(trip.max), ms(trip.p50), ms(trip.p99));
}

int run(const tmqcat_options& options) {
    std::optional<recorder> record;
    try {
        if (options.record) record.emplace(*options.record, options.settings);
    } catch (const std::system_error& why) {
        say("tmqcat: {}", why.what());
        return usage;
    }
    cat reader(options, record ? &*record : nullptr);
    exit_status status = reader.run();
    if (options.stats) say_stats(reader.stats());
    if (record && !record->finish()) {
        say("tmqcat: {}: the conversation could not be written", *options.record);
        if (status == done) status = connection_failed;
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
        // The library reports errors through the awaitables; this is a process without a descriptor or
        // memory.
        return explain_end(std::current_exception(), true);
    }
}
