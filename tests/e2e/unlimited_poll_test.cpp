#include "e2e.hpp"

#include <boost/asio/co_spawn.hpp>

namespace tmq::test {
namespace {

class unlimited_poll : public e2e {
  protected:
    unlimited_poll() { create_topic(); }
};

TEST_F(unlimited_poll, is_a_loop_over_all_messages_until_close) {
    append(0, 100, 10, 1);
    run_subscribed([&](tmq::consumer& consumer) -> asio::awaitable<void> {
        std::vector<int> seen(200);
        bool is_done = false;
        const auto work = [&]() -> asio::awaitable<void> {
            message received;
            while (co_await consumer.poll(received))
                check_rows(received, meters, seen);
        };
        asio::co_spawn(context, work(), [&](std::exception_ptr failure) {
            EXPECT_EQ(failure, nullptr);
            is_done = true;
        });
        co_await until([&] { return count(seen).delivered == 100; });
        co_await until_polls_wait(1);
        append(100, 100, 10, 1);
        co_await until([&] { return count(seen).delivered == 200; });
        co_await consumer.close();
        co_await until([&] { return is_done; });
        EXPECT_EQ(count(seen), (delivery{200, 0, 0}));
        message received;
        EXPECT_FALSE(co_await consumer.poll(received));
        EXPECT_EQ(co_await error_of(consumer.poll(received, 1s)), errc::closed);
    });
}

TEST_F(unlimited_poll, waits_beyond_the_slices_of_the_server) {
    config short_slices = settings();
    short_slices.poll_slice(20ms);
    run_subscribed(short_slices, [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        bool has_message = false;
        message received;
        asio::co_spawn(context, consumer.poll(received),
                       [&](std::exception_ptr, bool got) { has_message = got; });
        co_await until([&] { return server.request_count("poll") >= 5; });
        EXPECT_FALSE(has_message);
        append(0, 1);
        co_await until([&] { return has_message; });
    });
}

TEST_F(unlimited_poll, throws_without_a_subscription) {
    run([&]() -> asio::awaitable<void> {
        tmq::consumer consumer = make_consumer();
        message received;
        EXPECT_EQ(co_await error_of(consumer.poll(received)), errc::not_subscribed);
    });
}

TEST_F(unlimited_poll, timeouts_are_any_duration) {
    run_subscribed([&](tmq::consumer& consumer) -> asio::awaitable<void> {
        message received;
        EXPECT_FALSE(co_await consumer.poll(received, 500us));
        EXPECT_FALSE(co_await consumer.poll(received, std::chrono::duration<double>(0.001)));
        append(0, 1);
        EXPECT_TRUE(co_await consumer.poll(received, std::chrono::hours::max()));
    });
}

}  // namespace
}  // namespace tmq::test
