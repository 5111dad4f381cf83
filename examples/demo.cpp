// The main job in one process: an embedded server whose topic grows while a coroutine consumes it. ./dev demo
// runs this.
#include <tmq/testing/meters.hpp>
#include <tmq/tmq.hpp>

#include <fmt/format.h>
#include <boost/asio.hpp>

#include <atomic>
#include <cstdlib>
#include <string_view>

namespace asio = boost::asio;
using namespace std::chrono_literals;
using clock_type = std::chrono::steady_clock;

constexpr std::string_view topic = "topic_meters";
constexpr std::uint64_t rows_per_step = 200;
constexpr auto step = 100ms;

// Appends rows at a steady rate until the deadline, as a fleet of smart meters would.
asio::awaitable<void> produce(tmq::testing::server& server, clock_type::time_point deadline,
                              std::uint64_t& appended) {
    const tmq::testing::meter_source meters(42, 8, 50);
    asio::steady_timer timer(co_await asio::this_coro::executor, clock_type::now());
    while (clock_type::now() < deadline) {
        tmq::testing::append_meters(server, topic, meters, appended, rows_per_step, 50, 2);
        appended += rows_per_step;
        timer.expires_at(timer.expiry() + step);
        co_await timer.async_wait(asio::use_awaitable);
    }
}

// Consumes until everything that was appended has arrived, and prints the last row of every message.
asio::awaitable<void> consume(tmq::consumer& consumer, clock_type::time_point deadline,
                              const std::uint64_t& appended, std::uint64_t& rows) {
    co_await consumer.subscribe(topic);
    fmt::print("{:<24}  {:>8}  {:>7}  {:>6}  {:>7}  {:<18}  {:>7}  {:>7}  {:>4}\n", "ts", "current",
               "voltage", "phase", "groupid", "location", "rows", "rows/s", "lag");
    const auto start = clock_type::now();
    tmq::message message;
    while (clock_type::now() < deadline || rows < appended) {
        if (!co_await consumer.poll(message, 500ms)) continue;
        rows += message.row_count();
        const double seconds = std::chrono::duration<double>(clock_type::now() - start).count();
        const tmq::block_view block = message.blocks()[message.blocks().size() - 1];
        const auto last = block.rows<tmq::timestamp, float, std::int32_t, float, std::int32_t,
                                     std::optional<std::string_view>>(
            "ts", "current", "voltage", "phase", "groupid", "location")[block.row_count() - 1];
        const auto& [ts, current, voltage, phase, groupid, location] = last;
        fmt::print("{:<24}  {:>8.3f}  {:>7}  {:>6.3f}  {:>7}  {:<18}  {:>7}  {:>7.0f}  {:>4}\n",
                   tmq::to_string(ts), current, voltage, phase, groupid, location.value_or("NULL"), rows,
                   static_cast<double>(rows) / seconds, appended - rows);
        co_await consumer.commit(message);
    }
    co_await consumer.close();
}

int main(int argc, char** argv) {
    const auto seconds = std::chrono::seconds(argc > 1 ? std::atoi(argv[1]) : 10);
    try {
        tmq::testing::server server;
        server.create_topic(tmq::testing::topic_options(std::string(topic)).database("power").vgroups(4));

        tmq::config config(server.url());
        config.group_id("demo").start_at(tmq::offset_reset::earliest);
        asio::io_context context(1);
        tmq::consumer consumer(context, config);

        std::uint64_t appended = 0;
        std::uint64_t received = 0;
        const auto start = clock_type::now();
        const auto rethrow = [](std::exception_ptr failure) {
            if (failure) std::rethrow_exception(failure);
        };
        asio::co_spawn(context, produce(server, start + seconds, appended), rethrow);
        asio::co_spawn(context, consume(consumer, start + seconds, appended, received), rethrow);
        context.run();

        const double elapsed = std::chrono::duration<double>(clock_type::now() - start).count();
        fmt::print("demo: {} rows appended, {} received, {} lost, {:.1f} s, {:.0f} rows/s\n", appended,
                   received, appended - received, elapsed, static_cast<double>(received) / elapsed);
        return received == appended ? 0 : 1;
    } catch (const std::exception& why) {
        fmt::print(stderr, "demo: {}\n", why.what());
        return 1;
    }
}
