#include "ceiling/waiting_drain.hpp"
#include "tmq/consumer.hpp"
#include "tools/tmqbench/commands.hpp"
#include "tools/tmqbench/latency_options.hpp"
#include "tools/tmqbench/process_usage.hpp"
#include "tools/tmqbench/trickle.hpp"
#include "wire/data_message.hpp"
#include "wire/envelope.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <exception>
#include <stdexcept>
#include <string_view>
#include <vector>

namespace tmq::tools::tmqbench {
namespace {

namespace asio = boost::asio;

using namespace std::chrono_literals;

void deliver(const block_view& block, trickle& rows, trickle::clock::time_point delivered) {
    for (const std::int64_t number : block.column<std::int64_t>("n"))
        rows.deliver(number, delivered);
}

asio::awaitable<void> read(consumer& consumer, const latency_options& options, trickle& rows) {
    co_await consumer.subscribe(options.topic);
    rows.start();
    message message;
    while (!rows.is_over()) {
        if (!co_await consumer.poll(message, 500ms)) continue;
        const auto now = trickle::clock::now();
        for (const block_view block : message.blocks())
            deliver(block, rows, now);
    }
    co_await consumer.close();
}

void read_with_tmq(const latency_options& options, trickle& rows) {
    asio::io_context context(1);
    consumer consumer(context, options.settings);
    std::exception_ptr failure;
    asio::co_spawn(context, read(consumer, options, rows),
                   [&failure](std::exception_ptr thrown) { failure = std::move(thrown); });
    context.run();
    if (failure) std::rethrow_exception(failure);
}

/// Delivers the rows of a fetch reply. Uses nothing of a reply that is malformed.
void deliver(std::string_view reply, trickle& rows, trickle::clock::time_point delivered) {
    wire::fetch_reply fetched;
    detail::message_layout layout;
    const std::span<const std::uint8_t> frame(reinterpret_cast<const std::uint8_t*>(reply.data()),
                                              reply.size());
    if (wire::parse_fetch_raw_data(frame, fetched) || wire::parse_data_message(fetched.raw, layout))
        throw std::runtime_error("not a message of rows");
    for (const detail::block_layout& block : layout.blocks)
        deliver(block_view(layout, block), rows, delivered);
}

void read_with_drain(const latency_options& options, trickle& rows) {
    const config& server = options.settings;
    ceiling::waiting_drain drain(server.host(), server.port(), {server.user(), server.password()},
                                 options.topic, options.group);
    rows.start();
    while (!rows.is_over()) {
        const std::string_view reply = drain.next();
        if (!reply.empty()) deliver(reply, rows, trickle::clock::now());
    }
    drain.unsubscribe();
}

/// Returns the least value that the given part of all values does not exceed.
double quantile(const std::vector<double>& ascending, double part) {
    const auto rank = static_cast<std::size_t>(std::ceil(part * static_cast<double>(ascending.size())));
    return ascending[std::max<std::size_t>(rank, 1) - 1];
}

void print(const latency_options& options, const std::vector<double>& ms, double cpu) {
    const bool is_drain = options.client == latency_client::drain;
    fmt::print(
        R"({{"peer":"{}","mode":"{}","rows":{},"rate":{},"p50_ms":{:.3f},"p90_ms":{:.3f},"p99_ms":{:.3f},)"
        R"("max_ms":{:.3f},"cpu_s":{:.6f}}})"
        "\n",
        is_drain ? "drain" : "tmq",
        is_drain ? "waiting" : fmt::format("prefetch {}", options.settings.prefetch()), ms.size(),
        options.rate, quantile(ms, 0.5), quantile(ms, 0.9), quantile(ms, 0.99), ms.back(), cpu);
}

}  // namespace

int latency(arguments args) {
    const latency_options options = parse_latency_options(args);
    trickle rows(options.settings, options.topic, options.rows, options.rate);
    rows.create();
    if (options.client == latency_client::drain)
        read_with_drain(options, rows);
    else
        read_with_tmq(options, rows);
    print(options, rows.latencies(), cpu_seconds());
    return 0;
}

}  // namespace tmq::tools::tmqbench
