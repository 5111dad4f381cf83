#include "conformance/conformance.hpp"

#include <algorithm>

namespace tmq::test {
namespace {

class resume_position : public conformance {
  protected:
    config latest() const {
        config how = settings();
        return how.start_at(offset_reset::latest);
    }
};

TEST_F(resume_position, group_that_has_committed_nothing_begins_at_the_beginning) {
    const meters made = create_meters();
    insert(made, 0, 30);
    auto first = make_consumer();
    auto second = make_consumer();
    reading before;
    reading after;
    run([&]() -> asio::awaitable<void> {
        co_await first.subscribe(made.topic);
        co_await read(first, 30, before);
        co_await first.close();
        co_await second.subscribe(made.topic);
        co_await read(second, 30, after);
        co_await expect_nothing_more(second);
        co_await second.close();
    });
    EXPECT_EQ(after.sorted(), values_from(0, 30));
}

TEST_F(resume_position, exactly_behind_the_message_that_was_committed) {
    const meters made = create_meters(2, 8);
    reading got;
    // Each round is a consumer of its own, as after restarts of a service.
    for (std::int32_t round = 0; round < 4; ++round) {
        insert(made, round * 40, 40);
        run_subscribed(made.topic, [&](tmq::consumer& consumer) -> asio::awaitable<void> {
            const std::size_t due = got.rows.size() + 40;
            message received;
            co_await until([&]() -> asio::awaitable<bool> {
                if (co_await consumer.poll(received, 500ms)) {
                    got.add(received);
                    co_await consumer.commit(received);
                }
                co_return got.rows.size() >= due;
            });
            co_await expect_nothing_more(consumer);
        });
    }
    EXPECT_EQ(got.sorted(), values_from(0, 160));
}

TEST_F(resume_position, message_that_was_not_committed_comes_again) {
    const meters made = create_meters();
    auto first = make_consumer();
    auto second = make_consumer();
    reading committed;
    reading lost;
    reading after;
    run([&]() -> asio::awaitable<void> {
        co_await first.subscribe(made.topic);
        insert(made, 0, 10);
        co_await read(first, 10, committed);
        co_await first.commit();
        insert(made, 10, 10);
        co_await read(first, 10, lost);
        first.disconnect();
        co_await second.subscribe(made.topic);
        co_await read(second, 10, after);
        co_await expect_nothing_more(second);
        co_await second.close();
    });
    EXPECT_EQ(after.sorted(), values_from(10, 10));
}

TEST_F(resume_position, with_latest_goes_on_at_what_was_committed) {
    const meters made = create_meters();
    insert(made, 0, 10);
    auto first = make_consumer();
    consumer second(context, latest());
    reading before;
    reading after;
    run([&]() -> asio::awaitable<void> {
        co_await first.subscribe(made.topic);
        co_await read(first, 10, before);
        co_await first.commit();
        co_await first.close();
        insert(made, 10, 10);
        co_await second.subscribe(made.topic);
        co_await read(second, 10, after);
        co_await expect_nothing_more(second);
        co_await second.close();
    });
    EXPECT_EQ(after.sorted(), values_from(10, 10));
}

TEST_F(resume_position, by_seeking_behind_the_last_message_with_latest_loses_nothing) {
    const meters made = create_meters();
    insert(made, 0, 10);
    auto first = make_consumer("first");
    config how = latest();
    how.group_id(group("second"));
    consumer second(context, how);
    reading before;
    reading after;
    run([&]() -> asio::awaitable<void> {
        co_await first.subscribe(made.topic);
        co_await read(first, 10, before);
        first.disconnect();
        insert(made, 10, 10);
        // Committed is nothing; by itself this one would begin behind these rows.
        co_await second.subscribe(made.topic);
        (void)co_await assigned(second, made.topic, 1);
        const auto [log, behind] = *before.next.begin();
        const partition_offset target(log.first, log.second, behind);
        co_await second.seek(target);
        co_await read(second, 10, after);
        co_await expect_nothing_more(second);
        co_await second.close();
    });
    EXPECT_EQ(after.sorted(), values_from(10, 10));
}

TEST_F(resume_position, at_an_offset_that_was_committed_by_number) {
    const meters made = create_meters();
    auto first = make_consumer();
    auto second = make_consumer();
    reading got;
    reading after;
    run([&]() -> asio::awaitable<void> {
        co_await first.subscribe(made.topic);
        insert(made, 0, 10);
        co_await read(first, 10, got);
        const auto [log, middle] = *got.next.begin();
        insert(made, 10, 10);
        co_await read(first, 10, got);
        co_await first.commit(partition_offset(log.first, log.second, middle));
        co_await first.close();
        co_await second.subscribe(made.topic);
        co_await read(second, 10, after);
        co_await expect_nothing_more(second);
        co_await second.close();
    });
    EXPECT_EQ(after.sorted(), values_from(10, 10));
}

TEST_F(resume_position, on_the_same_consumer_after_its_connection_was_dropped) {
    const meters made = create_meters();
    insert(made, 0, 10);
    reading before;
    reading after;
    run_subscribed(made.topic, [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        co_await read(consumer, 10, before);
        co_await consumer.commit();
        consumer.disconnect();
        insert(made, 10, 10);
        co_await consumer.subscribe(made.topic);
        co_await read(consumer, 10, after);
        co_await expect_nothing_more(consumer);
    });
    EXPECT_EQ(after.sorted(), values_from(10, 10));
}

TEST_F(resume_position, vgroup_without_rows_of_its_own_skips_nothing) {
    const meters made = create_meters(4, 4);
    auto first = make_consumer();
    auto second = make_consumer();
    reading before;
    reading after;
    run([&]() -> asio::awaitable<void> {
        co_await first.subscribe(made.topic);
        (void)co_await assigned(first, made.topic, 4);
        insert(made.database, 0, 0, 10);
        co_await read(first, 10, before);
        co_await first.commit();
        co_await first.close();
        insert(made, 10, 40);
        co_await second.subscribe(made.topic);
        co_await read(second, 40, after);
        co_await expect_nothing_more(second);
        co_await second.close();
    });
    EXPECT_EQ(after.sorted(), values_from(10, 40));
}

TEST_F(resume_position, snapshot_has_no_exact_offsets) {
    const meters made = create_meters(1, 4);
    insert(made, 0, 40);
    config how = settings();
    how.snapshot(true);
    std::vector<std::int32_t> values;
    run_subscribed(how, made.topic, [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        message received;
        bool refused = false;
        co_await until([&]() -> asio::awaitable<bool> {
            if (co_await consumer.poll(received, 500ms)) {
                for (const block_view block : received.blocks())
                    for (const std::int32_t value : block.column<std::int32_t>("v"))
                        values.push_back(value);
                if (received.offset() < 0) {
                    refused = true;
                    // The last message of a snapshot may lead back into the log.
                    if (!received.next_offset()) {
                        EXPECT_EQ(co_await error_of(consumer.commit(received)), errc::no_exact_offset);
                    }
                }
            }
            co_return values.size() >= 40;
        });
        EXPECT_TRUE(refused) << "no message of a snapshot";
    });
    std::sort(values.begin(), values.end());
    EXPECT_EQ(values, values_from(0, 40));
}

TEST_F(resume_position, snapshot_has_no_bounds_in_the_log) {
    const meters made = create_meters();
    insert(made, 0, 40);
    protocol_client client = connect();
    ASSERT_EQ(client.ask("subscribe", subscribe_arguments(made.topic, R"(,"snapshot_enable":"true")")).code(),
              0);
    EXPECT_EQ(poll_message(client).number("offset"), -2147467258);
    EXPECT_EQ(client.ask("assignment", R"("topic":")" + made.topic + "\"").code(), 0x4006);
}

TEST_F(resume_position, snapshot_is_committed_as_a_whole) {
    const meters made = create_meters();
    insert(made, 0, 40);
    const std::string arguments = subscribe_arguments(made.topic, R"(,"snapshot_enable":"true")");
    protocol_client client = connect();
    ASSERT_EQ(client.ask("subscribe", arguments).code(), 0);
    EXPECT_EQ(poll_message(client).number("offset"), -2147467258);
    EXPECT_EQ(client.ask("commit").code(), 0);
    EXPECT_EQ(client.ask("unsubscribe").code(), 0);
    insert(made, 40, 10);
    ASSERT_EQ(client.ask("subscribe", arguments).code(), 0);
    // The log, and no snapshot again.
    EXPECT_GE(poll_message(client).number("offset"), 0);
    EXPECT_EQ(client.ask("unsubscribe").code(), 0);
}

}  // namespace
}  // namespace tmq::test
