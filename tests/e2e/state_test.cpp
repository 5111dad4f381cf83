#include "reconnecting.hpp"

#include <atomic>
#include <thread>

namespace tmq::test {
namespace {

class consumer_state_test : public reconnecting_e2e {
  protected:
    consumer_state_test() { create_topic(); }
};

TEST_F(consumer_state_test, is_empty_before_the_first_connection) {
    EXPECT_EQ(make_consumer().state(), consumer_state());
    EXPECT_EQ(make_consumer().subscription(), std::vector<std::string>());
    EXPECT_EQ(make_consumer().server_version(), "");
}

TEST_F(consumer_state_test, follows_the_life_of_the_subscription) {
    run([&]() -> asio::awaitable<void> {
        tmq::consumer consumer(context, reconnecting());
        const auto begin = std::chrono::steady_clock::now();
        co_await consumer.subscribe(topic);
        consumer_state now = consumer.state();
        EXPECT_TRUE(now.connected);
        EXPECT_TRUE(now.joined);
        EXPECT_FALSE(now.paused);
        EXPECT_EQ(now.topics, std::vector<std::string>{std::string(topic)});
        EXPECT_EQ(now.peer, endpoint("127.0.0.1", server.port()));
        EXPECT_EQ(now.server_version, "3.3.5.8");
        EXPECT_EQ(now.server_version, consumer.server_version());
        EXPECT_EQ(now.topics, consumer.subscription());
        EXPECT_GE(now.last_reply.value_or(begin - 1s), begin);
        EXPECT_FALSE(now.last_error);

        consumer.pause();
        EXPECT_TRUE(consumer.state().paused);
        consumer.resume();
        EXPECT_FALSE(consumer.state().paused);
        consumer.pause();

        const auto before = *consumer.state().last_reply;
        co_await consumer.fetch_server_version();
        EXPECT_GT(*consumer.state().last_reply, before);

        co_await consumer.unsubscribe();
        now = consumer.state();
        EXPECT_TRUE(now.connected);
        EXPECT_FALSE(now.joined);
        EXPECT_TRUE(now.topics.empty());

        co_await consumer.subscribe(topic);
        EXPECT_FALSE(consumer.state().paused) << "a new subscription is not paused";
        co_await consumer.close();
        now = consumer.state();
        EXPECT_FALSE(now.connected);
        EXPECT_FALSE(now.joined);
        EXPECT_FALSE(now.last_error) << "nothing failed";
        EXPECT_EQ(now.peer, endpoint("127.0.0.1", server.port())) << "of the last connection";
    });
}

TEST_F(consumer_state_test, names_the_last_error_and_keeps_it) {
    run([&]() -> asio::awaitable<void> {
        tmq::consumer consumer(context, reconnecting());
        listen(consumer);
        server.inject(fault::error_reply(0x03E1, "Topic not exist").on("subscribe"));
        EXPECT_EQ(co_await error_of(consumer.subscribe(topic)), make_server_error(0x03E1));
        EXPECT_EQ(consumer.state().last_error->code(), make_server_error(0x03E1));
        EXPECT_FALSE(consumer.state().connected);

        co_await consumer.subscribe(topic);
        EXPECT_TRUE(consumer.state().last_error);
        const auto before = consumer.state().last_error_at;
        server.stop();
        message received;
        while (said.count<events::reconnecting>() < 3) {
            const bool got = co_await consumer.poll(received, 10ms);
            EXPECT_FALSE(got);
        }
        consumer_state now = consumer.state();
        EXPECT_FALSE(now.connected);
        EXPECT_FALSE(now.joined);
        EXPECT_EQ(now.topics.size(), 1U) << "the subscription goes on";
        EXPECT_EQ(now.last_error->kind(), error_kind::transport);
        EXPECT_GT(now.last_error_at, before);
        server.start();
        co_await until_told<events::resumed>();
        EXPECT_TRUE(consumer.state().joined);

        server.inject(fault::error_reply(0x0200, "Something else").on("poll"));
        EXPECT_EQ(co_await error_of(consumer.poll(received, 5s)), make_server_error(0x0200));
        EXPECT_EQ(consumer.state().last_error->code(), make_server_error(0x0200));
        co_await consumer.close();
    });
}

/// Under ThreadSanitizer this is a test for races.
TEST_F(consumer_state_test, and_figures_are_read_from_another_thread) {
    append(0, 2'000, 10, 1);
    tmq::consumer consumer(context, reconnecting().auto_commit(true).auto_commit_interval(1ms));
    std::atomic<bool> is_over = false;
    std::atomic<std::uint64_t> readings = 0;
    std::thread reader([&] {
        std::uint64_t rows = 0;
        while (!is_over) {
            const stats now = consumer.stats();
            EXPECT_GE(now.rows, rows);
            rows = now.rows;
            for (const vgroup_stats& vgroup : now.vgroups)
                EXPECT_EQ(vgroup.topic, topic);
            EXPECT_LE(consumer.state().topics.size(), 1U);
            EXPECT_LE(consumer.subscription().size(), 1U);
            EXPECT_TRUE(consumer.server_version() == "" || consumer.server_version() == "3.3.5.8");
            ++readings;
        }
    });
    std::vector<int> seen(2'000);
    run([&]() -> asio::awaitable<void> {
        co_await consumer.subscribe(topic);
        co_await read(consumer, seen, 1'000);
        server.reset_all();
        co_await read(consumer, seen, 1'000);
        co_await until([&] { return readings > 10; });
    });
    is_over = true;
    reader.join();
    EXPECT_EQ(consumer.stats().rows, 2'000U);
    run([&]() -> asio::awaitable<void> { co_await consumer.close(); });
}

}  // namespace
}  // namespace tmq::test
