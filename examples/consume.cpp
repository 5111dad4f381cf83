// The smallest useful program: prints rows of a topic, commits every message after its rows are printed, and
// stops cleanly.
#include <tmq/tmq.hpp>

#include <fmt/format.h>
#include <boost/asio.hpp>

namespace asio = boost::asio;

asio::awaitable<void> print_rows(tmq::consumer& consumer) {
    co_await consumer.subscribe("topic_meters");
    const auto print = [&consumer](const tmq::message& message) -> asio::awaitable<void> {
        for (const tmq::block_view block : message.blocks())
            for (auto [ts, current, location] :
                 block.rows<tmq::timestamp, float, std::optional<std::string_view>>("ts", "current",
                                                                                    "location"))
                fmt::print("{} {} {}\n", tmq::to_string(ts), current, location.value_or("-"));
        co_await consumer.commit(message);
    };
    co_await tmq::for_each_message(consumer, print);  // until the coroutine is cancelled
    co_await consumer.close();
}

int main(int argc, char** argv) {
    try {
        const tmq::config config(
            argc > 1 ? argv[1]
                     : "ws://root:taosdata@localhost:6041?group.id=example&auto.offset.reset=earliest");
        asio::io_context context(1);
        tmq::consumer consumer(context, config);
        asio::signal_set signals(context, SIGINT, SIGTERM);
        asio::cancellation_signal stop;
        signals.async_wait([&stop](boost::system::error_code failure, int) {
            if (!failure) stop.emit(asio::cancellation_type::terminal);
        });
        const auto finish = [&signals](std::exception_ptr failure) {
            signals.cancel();
            if (failure) std::rethrow_exception(failure);
        };
        asio::co_spawn(context, print_rows(consumer), asio::bind_cancellation_slot(stop.slot(), finish));
        context.run();
    } catch (const boost::system::system_error& failure) {
        fmt::print(stderr, "{}\n", failure.what());
        return 1;
    }
}
