#include "conformance/conformance.hpp"

#include <set>

namespace tmq::test {
namespace {

class assignment : public conformance {};

TEST_F(assignment, of_a_single_consumer_is_every_vgroup) {
    const meters made = create_meters(4, 4);
    run_subscribed(made.topic, [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        std::set<std::int32_t> ids;
        for (const assigned_vgroup& one : co_await assigned(consumer, made.topic, 4))
            ids.insert(one.vgroup());
        EXPECT_EQ(ids.size(), 4U);
    });
}

TEST_F(assignment, has_the_bounds_of_the_logs) {
    const meters made = create_meters(2, 8);
    insert(made, 0, 80);
    reading got;
    run_subscribed(made.topic, [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        const std::vector<assigned_vgroup> vgroups = co_await assigned(consumer, made.topic, 2);
        for (const assigned_vgroup& one : vgroups) {
            EXPECT_GE(one.log_begin(), 0);
            EXPECT_LE(one.log_begin(), one.started_at());
            EXPECT_LE(one.started_at(), one.log_end());
        }
        co_await read(consumer, 80, got);
        for (const assigned_vgroup& one : co_await assigned(consumer, made.topic, 2)) {
            const auto log = got.next.find({made.topic, one.vgroup()});
            if (log != got.next.end()) {
                EXPECT_LE(log->second, one.log_end());
            }
        }
    });
}

TEST_F(assignment, end_grows_with_rows) {
    const meters made = create_meters();
    run_subscribed(made.topic, [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        const std::int64_t before = (co_await assigned(consumer, made.topic, 1))[0].log_end().value();
        insert(made, 0, 50, 10);
        // The adapter may keep the bounds for a moment; a poll brings them up to date.
        reading got;
        co_await read(consumer, 50, got);
        const std::vector<assigned_vgroup> after = co_await assigned(consumer, made.topic, 1);
        EXPECT_GE(after[0].log_end(), before + 5);
    });
}

TEST_F(assignment, vgroups_of_a_database_are_the_same_in_all_its_topics) {
    const meters made = create_meters(3, 3);
    const std::string other = create_topic("DATABASE " + made.database);
    auto consumer = make_consumer();
    run([&]() -> asio::awaitable<void> {
        std::vector<std::string> topics;
        topics.push_back(made.topic);
        topics.push_back(other);
        co_await consumer.subscribe(topics);
        std::set<std::int32_t> first;
        std::set<std::int32_t> second;
        for (const assigned_vgroup& one : co_await assigned(consumer, made.topic, 3))
            first.insert(one.vgroup());
        for (const assigned_vgroup& one : co_await assigned(consumer, other, 3))
            second.insert(one.vgroup());
        EXPECT_EQ(first, second);
        co_await consumer.close();
    });
}

TEST_F(assignment, of_a_foreign_topic_is_refused) {
    const meters made = create_meters();
    const std::string other = create_topic("STABLE " + made.database + ".m");
    protocol_client client = connect();
    EXPECT_EQ(client.ask("subscribe", subscribe_arguments(made.topic)).code(), 0);
    // A server knows a consumer's vgroups from its first assignment or poll on.
    insert(made, 0, 10);
    poll_message(client);
    EXPECT_EQ(client.ask("assignment", R"("topic":")" + other + '"').code(), 0x4009);
    EXPECT_EQ(client.ask("assignment", R"("topic":")" + unique_name() + '"').code(), 0x4009);
    EXPECT_EQ(client.ask("unsubscribe").code(), 0);
}

TEST_F(assignment, has_only_the_topics_of_the_subscription) {
    const meters made = create_meters();
    const std::string other = create_topic("STABLE " + made.database + ".m");
    run_subscribed(made.topic, [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        (void)co_await assigned(consumer, made.topic, 1);
        const std::vector<assigned_vgroup> all = co_await consumer.assignment();
        EXPECT_EQ(all.size(), 1U);
        EXPECT_EQ(all.at(0).topic(), made.topic);
        const std::vector<assigned_vgroup> foreign = co_await assigned_now(consumer, other);
        EXPECT_TRUE(foreign.empty());
    });
}

TEST_F(assignment, lag_is_what_is_not_read_yet) {
    const meters made = create_meters(2, 8);
    insert(made, 0, 160);
    reading got;
    run_subscribed(made.topic, [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        (void)co_await assigned(consumer, made.topic, 2);
        const std::int64_t before = co_await total_lag(consumer);
        EXPECT_GE(before, 16);
        co_await read(consumer, 160, got);
        EXPECT_LT(co_await total_lag(consumer), before);
        // What is left are entries without rows, which polls pass over.
        co_await until([&]() -> asio::awaitable<bool> {
            co_await glance_at(consumer, got);
            co_return co_await total_lag(consumer) == 0;
        });
    });
    EXPECT_EQ(got.sorted(), values_from(0, 160));
}

TEST_F(assignment, lag_comes_back_with_a_seek) {
    const meters made = create_meters();
    insert(made, 0, 50, 10);
    reading got;
    run_subscribed(made.topic, [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        co_await read(consumer, 50, got);
        co_await consumer.seek_to_beginning(made.topic);
        EXPECT_GE(co_await total_lag(consumer), 5);
        co_await consumer.seek_to_end(made.topic);
        // But for entries that the log has got meanwhile.
        EXPECT_LT(co_await total_lag(consumer), 5);
    });
}

TEST_F(assignment, polls_that_bring_nothing_reach_the_end_of_the_log) {
    const meters made = create_meters();
    reading got;
    run_subscribed(made.topic, [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        co_await until([&]() -> asio::awaitable<bool> {
            co_await glance_at(consumer, got);
            const std::vector<assigned_vgroup> vgroups = co_await assigned(consumer, made.topic, 1);
            const consumer::known_offsets positions = co_await consumer.position(partitions(vgroups));
            co_return positions[0].second == vgroups[0].log_end();
        });
    });
    EXPECT_EQ(got.messages, 0U);
}

}  // namespace
}  // namespace tmq::test
