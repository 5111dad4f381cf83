#include "reconnecting.hpp"

#include <boost/asio/co_spawn.hpp>

namespace tmq::test {
namespace {

class read_ahead : public reconnecting_e2e {
  protected:
    void SetUp() override {
        create_topic(2);
        append(0, rows, 1, 1);
    }
    static constexpr std::uint64_t rows = 100;
    std::vector<int> seen = std::vector<int>(rows);

    asio::awaitable<void> until_ready(tmq::consumer& consumer, std::uint64_t messages) {
        co_await until([&] { return consumer.stats().read_ahead == messages; });
    }
};

TEST_F(read_ahead, stops_when_it_is_full) {
    for (const std::size_t ahead : {1U, 8U}) {
        const config changed_settings = reconnecting("group" + std::to_string(ahead)).prefetch(ahead);
        run_subscribed(changed_settings, [&](tmq::consumer& consumer) -> asio::awaitable<void> {
            EXPECT_EQ(consumer.stats().read_ahead, 0U) << "nobody has polled";
            message received;
            EXPECT_TRUE(co_await consumer.poll(received, 5s));
            co_await until_ready(consumer, ahead);
            EXPECT_EQ(consumer.stats().polls, ahead + 1);
            // What comes next is as if nothing had been read ahead.
            const std::vector<vgroup_lag> lag = co_await consumer.lag();
            std::int64_t entries = 0;
            for (const vgroup_lag& one : lag)
                entries += one.entries().value_or(-1);
            EXPECT_EQ(entries, static_cast<std::int64_t>(rows - 1));
            EXPECT_EQ(consumer.stats().polls, ahead + 1) << "full is full";
        });
    }
}

TEST_F(read_ahead, of_nothing_asks_only_when_the_application_does) {
    run_subscribed(reconnecting().prefetch(0), [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        message received;
        for (std::uint64_t i = 1; i <= 10; ++i) {
            EXPECT_TRUE(co_await consumer.poll(received, 5s));
            co_await consumer.assignment();
            EXPECT_EQ(consumer.stats().polls, i);
        }
    });
}

TEST_F(read_ahead, stops_at_its_bytes) {
    server.create_topic(topic_options("big").kind(topic_kind::stable));
    append_meters(server, "big", meters, 0, 40'000, 5'000, 1);
    tmq::consumer consumer(context, reconnecting().prefetch(8).prefetch_bytes(256 * 1024));
    run([&]() -> asio::awaitable<void> {
        co_await consumer.subscribe("big");
        message received;
        EXPECT_TRUE(co_await consumer.poll(received, 5s));
        const std::uint64_t bytes = received.raw().size();
        EXPECT_GT(bytes, 128U * 1024);
        co_await until_ready(consumer, 256 * 1024 / bytes + 1);
        co_await consumer.assignment();
        EXPECT_EQ(consumer.stats().read_ahead, 256 * 1024 / bytes + 1);
        co_await consumer.close();
    });
}

TEST_F(read_ahead, keeps_the_order_and_delivers_everything_once) {
    run_subscribed(reconnecting().prefetch(8), [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        co_await read(consumer, seen, rows);
    });
    EXPECT_EQ(count(seen), (delivery{rows, 0, 0}));
}

TEST_F(read_ahead, rests_where_there_is_nothing_more) {
    run_subscribed(reconnecting().prefetch(8), [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        co_await read(consumer, seen, rows);
        co_await until([&] { return consumer.stats().empty_polls == 1; });
        for (int i = 0; i < 20; ++i)
            co_await consumer.assignment();
        EXPECT_EQ(consumer.stats().empty_polls, 1U);
    });
}

TEST_F(read_ahead, is_dropped_for_the_vgroup_that_is_sought) {
    run_subscribed(reconnecting().prefetch(8), [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        message received;
        EXPECT_TRUE(co_await consumer.poll(received, 5s));
        take(received, seen);
        co_await until_ready(consumer, 8);
        const std::int32_t vgroup = received.vgroup();
        partition_offset beginning(topic, vgroup, 0);
        co_await consumer.seek(beginning);
        next.erase(vgroup);
        EXPECT_LT(consumer.stats().read_ahead, 8U);
        EXPECT_GT(consumer.stats().read_ahead, 0U) << "the other vgroup's messages stay";
        co_await read(consumer, seen, rows);
    });
    EXPECT_EQ(count(seen), (delivery{rows, 0, 1}));
}

TEST_F(read_ahead, is_dropped_by_unsubscribe) {
    tmq::consumer consumer(context, reconnecting().prefetch(8).auto_commit(true));
    run([&]() -> asio::awaitable<void> {
        co_await consumer.subscribe(topic);
        co_await read(consumer, seen, 10);
        co_await until_ready(consumer, 8);
        co_await consumer.unsubscribe();
        EXPECT_EQ(consumer.stats().read_ahead, 0U);
        co_await consumer.subscribe(topic);
        co_await read(consumer, seen, rows - 10);
        co_await consumer.close();
    });
    EXPECT_EQ(count(seen), (delivery{rows, 0, 0}));
}

TEST_F(read_ahead, pauses_and_resumes) {
    run_subscribed(reconnecting().prefetch(4), [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        co_await read(consumer, seen, 10);
        consumer.pause();
        message received;
        EXPECT_FALSE(co_await consumer.poll(received, 20ms));
        co_await consumer.assignment();
        const std::uint64_t polls = consumer.stats().polls;
        EXPECT_FALSE(co_await consumer.poll(received, 20ms));
        EXPECT_EQ(consumer.stats().polls, polls);
        // A poll that waits goes on at once.
        asio::co_spawn(context, read(consumer, seen, rows - 10),
                       [](std::exception_ptr thrown) { EXPECT_FALSE(thrown); });
        co_await asio::post(context, asio::use_awaitable);
        consumer.resume();
        co_await until([&] { return consumer.stats().rows == rows; });
    });
    EXPECT_EQ(count(seen), (delivery{rows, 0, 0}));
}

TEST_F(read_ahead, counts_for_nothing_when_the_application_stayed_away_too_long) {
    tmq::consumer consumer(context, reconnecting().prefetch(8).max_poll_interval(1s));
    run([&]() -> asio::awaitable<void> {
        co_await consumer.subscribe(topic);
        co_await read(consumer, seen, 10);
        co_await until_ready(consumer, 8);
        // The server gives its vgroups to another member, which reads and commits some of what was read
        // ahead.
        asio::steady_timer away(context, 1100ms);
        co_await away.async_wait(asio::use_awaitable);
        for (const std::int32_t vgroup : server.vgroups(topic))
            server.commit("group", topic, vgroup, server.end_offset(topic, vgroup) - 5);
        co_await read(consumer, seen, 10);
        co_await consumer.close();
    });
    EXPECT_EQ(count(seen), (delivery{20, rows - 20, 0}));
    EXPECT_EQ(consumer.stats().reconnects, 1U);
}

}  // namespace
}  // namespace tmq::test
