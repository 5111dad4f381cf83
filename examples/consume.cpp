// The smallest useful program: prints rows of a topic and commits every message after it was handled.
#include <tmq/tmq.hpp>

#include <fmt/format.h>
#include <boost/asio.hpp>

namespace asio = boost::asio;
using namespace std::chrono_literals;

asio::awaitable<void> consume(tmq::consumer& consumer, const bool& stopping) {
    co_await consumer.subscribe("topic_meters");
    tmq::message message;  // reused: it keeps its memory
    while (!stopping) {
        if (!co_await consumer.poll(message, 1s)) continue;  // nothing within 1 s
        for (tmq::block_view block : message.blocks())
            for (auto [ts, current, location] :
                 block.rows<tmq::timestamp, float, std::optional<std::string_view>>("ts", "current",
                                                                                    "location"))
                fmt::print("{} {} {}\n", tmq::to_string(ts), current, location.value_or("-"));
        co_await consumer.commit(message);
    }
    co_await consumer.close();
}

int main(int argc, char** argv) {
    asio::io_context context(1);
    bool stopping = false;
    asio::signal_set signals(context, SIGINT, SIGTERM);
    signals.async_wait([&stopping](auto ec, int) { stopping = !ec; });
    try {
        tmq::config config(
            argc > 1 ? argv[1]
                     : "ws://root:taosdata@localhost:6041?group.id=example&auto.offset.reset=earliest");
        tmq::consumer consumer(context, config);
        asio::co_spawn(context, consume(consumer, stopping), [&](std::exception_ptr failure) {
            signals.cancel();
            if (failure) std::rethrow_exception(failure);
        });
        context.run();
    } catch (const tmq::error& why) {
        fmt::print(stderr, "{}\n", why.what());
        return 1;
    }
}
