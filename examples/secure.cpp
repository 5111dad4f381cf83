// Over TLS and compressed: whom to trust, what happens in a log, and counters at the end.
#include <tmq/tmq.hpp>

#include <fmt/format.h>
#include <boost/asio.hpp>

#include <cstdlib>

namespace asio = boost::asio;
using namespace std::chrono_literals;

double ms(std::chrono::nanoseconds time) { return std::chrono::duration<double, std::milli>(time).count(); }

void print(const tmq::stats& done) {
    const tmq::latency_summary& trip = done.round_trip;
    fmt::print("{} messages, {} rows, {} commits\n", done.messages, done.rows, done.commits);
    fmt::print("{} bytes received, inflated to {}\n", done.bytes_received, done.bytes_inflated);
    fmt::print("{} requests: half within {:.3f} ms, 99 of 100 within {:.3f} ms\n", trip.count, ms(trip.p50),
               ms(trip.p99));
}

asio::awaitable<void> consume(tmq::consumer& consumer) {
    co_await consumer.subscribe("topic_meters");
    tmq::message message;
    while (co_await consumer.poll(message, 1s))
        co_await consumer.commit(message);
    co_await consumer.close();
    print(consumer.stats());
}

int main(int argc, char** argv) {
    if (argc != 3) {
        fmt::print(stderr, "usage: secure wss://HOST:6041 CA_FILE\n");
        return 1;
    }
    try {
        tmq::config config(argv[1]);
        config.group_id("example").start_at(tmq::offset_reset::earliest).compression(true);
        // Other processes can read a command line, so the password is not on it.
        if (const char* password = std::getenv("TMQ_PASSWORD")) config.credentials(config.user(), password);
        config.tls(true).tls_settings(tmq::tls_options().ca_file(argv[2]));
        config.log(tmq::log_level::info,
                   [](tmq::log_level, std::string_view line) { fmt::print(stderr, "{}\n", line); });

        asio::io_context context(1);
        tmq::consumer consumer(context, config);
        asio::co_spawn(context, consume(consumer), [](std::exception_ptr failure) {
            if (failure) std::rethrow_exception(failure);
        });
        context.run();
    } catch (const boost::system::system_error& why) {
        fmt::print(stderr, "{}\n", why.what());
        return 1;
    }
}
