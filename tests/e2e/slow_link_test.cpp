#include "e2e.hpp"
#include "support/fault_proxy.hpp"

namespace tmq::test {
namespace {

class over_a_slow_link : public e2e {
  protected:
    static constexpr std::uint64_t rows = 100'000;

    void SetUp() override {
        create_topic();
        append(0, rows, 10'000, 10);
    }
    /// What the server sends comes in portions of so many bytes.
    config settings_over_link(std::size_t bytes_per_tick) {
        link.next_plan(link_plan().rate(direction::to_client, bytes_per_tick, 20ms));
        config how = settings();
        how.port(link.port()).request_timeout(200ms);
        return how;
    }

    fault_proxy link{server.port()};
};

TEST_F(over_a_slow_link, a_message_is_waited_for_longer_than_a_request_as_long_as_it_arrives) {
    run([&]() -> asio::awaitable<void> {
        tmq::consumer consumer(context, settings_over_link(128 * 1024));
        co_await consumer.subscribe(topic);
        message received;
        const auto start = std::chrono::steady_clock::now();
        EXPECT_TRUE(co_await consumer.poll(received, 20s));
        EXPECT_GT(std::chrono::steady_clock::now() - start, 400ms) << "the link was not slow";
        EXPECT_GT(received.row_count(), rows / 2);
        co_await consumer.close();
    });
}

TEST_F(over_a_slow_link, a_message_that_only_trickles_is_given_up) {
    run([&]() -> asio::awaitable<void> {
        tmq::consumer consumer(context, settings_over_link(1024));
        co_await consumer.subscribe(topic);
        message received;
        const auto start = std::chrono::steady_clock::now();
        EXPECT_EQ(co_await error_of(consumer.poll(received, 20s)), errc::request_timeout);
        EXPECT_LT(std::chrono::steady_clock::now() - start, 5s);
        co_await consumer.close();
    });
}

}  // namespace
}  // namespace tmq::test
