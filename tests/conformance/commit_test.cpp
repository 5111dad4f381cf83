#include "conformance/conformance.hpp"

#include <algorithm>

namespace tmq::test {
namespace {

class commit : public conformance {
  protected:
    asio::awaitable<std::optional<std::int64_t>> committed_of(consumer& of, const message& received) {
        co_return co_await committed_at(of, received.topic(), received.vgroup());
    }
    asio::awaitable<void> commit_at(consumer& of, std::string_view topic, std::int32_t vgroup,
                                    std::int64_t offset) {
        co_await of.commit(partition_offset(topic, vgroup, offset));
    }
    asio::awaitable<std::optional<std::int64_t>> committed_at(consumer& of, std::string_view topic,
                                                              std::int32_t vgroup) {
        const std::vector<topic_partition> where(1, topic_partition(topic, vgroup));
        const consumer::known_offsets known = co_await of.committed(where);
        co_return known.at(0).second;
    }
};

TEST_F(commit, new_group_has_committed_nothing) {
    const meters made = create_meters(3, 3);
    run_subscribed(made.topic, [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        const std::vector<assigned_vgroup> vgroups = co_await assigned(consumer, made.topic, 3);
        const consumer::known_offsets committed = co_await consumer.committed(partitions(vgroups));
        EXPECT_EQ(offsets_of(committed), std::vector<std::optional<std::int64_t>>(3));
    });
}

TEST_F(commit, of_a_message_is_the_offset_behind_it) {
    const meters made = create_meters();
    insert(made, 0, 10);
    run_subscribed(made.topic, [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        message received;
        co_await next(consumer, received);
        co_await consumer.commit(received);
        EXPECT_EQ(co_await committed_of(consumer, received), received.next_offset().value());
    });
}

TEST_F(commit, of_everything_commits_every_vgroup) {
    const meters made = create_meters(4, 16);
    insert(made, 0, 160);
    reading got;
    run_subscribed(made.topic, [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        co_await read(consumer, 160, got);
        co_await consumer.commit();
        for (const auto& [log, offset] : got.next)
            EXPECT_EQ(co_await committed_at(consumer, log.first, log.second), offset);
    });
    EXPECT_GT(got.next.size(), 1U);
}

TEST_F(commit, of_offsets_commits_these) {
    const meters made = create_meters();
    insert(made, 0, 10);
    run_subscribed(made.topic, [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        const std::vector<assigned_vgroup> vgroups = co_await assigned(consumer, made.topic, 1);
        const std::int32_t vgroup = vgroups[0].vgroup();
        co_await commit_at(consumer, made.topic, vgroup, vgroups[0].log_end().value());
        EXPECT_EQ(co_await committed_at(consumer, made.topic, vgroup), vgroups[0].log_end().value());
        // Back again.
        co_await commit_at(consumer, made.topic, vgroup, vgroups[0].log_begin().value());
        EXPECT_EQ(co_await committed_at(consumer, made.topic, vgroup), vgroups[0].log_begin().value());
    });
}

TEST_F(commit, of_the_same_offset_again_succeeds) {
    const meters made = create_meters();
    insert(made, 0, 10);
    run_subscribed(made.topic, [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        message received;
        co_await next(consumer, received);
        co_await consumer.commit(received);
        co_await consumer.commit(received);
        co_await consumer.commit();
        EXPECT_EQ(co_await committed_of(consumer, received), received.next_offset().value());
    });
}

TEST_F(commit, without_waiting) {
    const meters made = create_meters();
    insert(made, 0, 10);
    run_subscribed(made.topic, [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        message received;
        co_await next(consumer, received);
        int called = 0;
        consumer.commit_async(received, [&](const result<void>& done) {
            EXPECT_EQ(code_of(done), boost::system::error_code());
            ++called;
        });
        EXPECT_EQ(called, 0);
        co_await until([&] { return called == 1; });
        EXPECT_EQ(co_await committed_of(consumer, received), received.next_offset().value());
    });
}

TEST_F(commit, out_of_range_is_refused) {
    const meters made = create_meters();
    insert(made, 0, 10);
    run_subscribed(made.topic, [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        const std::int32_t vgroup = (co_await assigned(consumer, made.topic, 1))[0].vgroup();
        EXPECT_EQ(co_await error_of(commit_at(consumer, made.topic, vgroup, 1'000'000'000)),
                  server_error(0x4007));
        EXPECT_FALSE(co_await committed_at(consumer, made.topic, vgroup));
    });
}

TEST_F(commit, in_a_foreign_vgroup_is_refused) {
    const meters made = create_meters();
    run_subscribed(made.topic, [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        (void)co_await assigned(consumer, made.topic, 1);
        EXPECT_EQ(co_await error_of(commit_at(consumer, made.topic, 99'999, 0)), server_error(0x4008));
        EXPECT_EQ(co_await error_of(committed_at(consumer, made.topic, 99'999)), server_error(0x4008));
    });
}

TEST_F(commit, in_a_foreign_topic_is_refused) {
    const meters made = create_meters();
    const std::string other = create_topic("STABLE " + made.database + ".m");
    run_subscribed(made.topic, [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        const std::int32_t vgroup = (co_await assigned(consumer, made.topic, 1))[0].vgroup();
        EXPECT_EQ(co_await error_of(commit_at(consumer, other, vgroup, 0)), server_error(0x4009));
        EXPECT_EQ(co_await error_of(committed_at(consumer, other, vgroup)), server_error(0x4009));
    });
}

TEST_F(commit, does_not_move_the_reader) {
    const meters made = create_meters();
    insert(made, 0, 10);
    reading got;
    run_subscribed(made.topic, [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        const std::vector<assigned_vgroup> vgroups = co_await assigned(consumer, made.topic, 1);
        co_await commit_at(consumer, made.topic, vgroups[0].vgroup(), vgroups[0].log_end().value());
        co_await read(consumer, 10, got);
    });
    EXPECT_EQ(got.sorted(), values_from(0, 10));
}

TEST_F(commit, by_hand_before_the_first_poll_moves_the_reader) {
    const meters made = create_meters();
    insert(made, 0, 10);
    protocol_client client = connect();
    const std::string topic = R"("topic":")" + made.topic + '"';
    ASSERT_EQ(client.ask("subscribe", subscribe_arguments(made.topic)).code(), 0);
    protocol_reply vgroups;
    run([&]() -> asio::awaitable<void> {
        co_await until([&]() -> asio::awaitable<bool> {
            vgroups = client.ask("assignment", topic);
            co_return vgroups.code() == 0 && vgroups.numbers("assignment", "end").at(0) > 0;
        });
    });
    const std::string vgroup =
        R"("vgroup_id":)" + std::to_string(vgroups.numbers("assignment", "vgroup_id").at(0));
    const std::int64_t end = vgroups.numbers("assignment", "end").at(0);
    ASSERT_EQ(
        client.ask("commit_offset", topic + "," + vgroup + R"(,"offset":)" + std::to_string(end)).code(), 0);
    insert(made, 10, 10);
    const protocol_reply found = poll_message(client);
    EXPECT_EQ(found.number("offset"), end)
        << "a reader starts at what is committed, as long as no reply has come";
    EXPECT_EQ(client.ask("unsubscribe").code(), 0);
}

TEST_F(commit, by_itself_on_close_commits_what_is_finished) {
    const meters made = create_meters();
    insert(made, 0, 10);
    config how = settings();
    how.auto_commit(true);
    consumer first(context, how);
    auto second = make_consumer();
    reading before;
    reading after;
    run([&]() -> asio::awaitable<void> {
        co_await first.subscribe(made.topic);
        co_await read(first, 10, before);
        co_await first.close();
        insert(made, 10, 10);
        co_await second.subscribe(made.topic);
        co_await read(second, 10, after);
        co_await expect_nothing_more(second);
        co_await second.close();
    });
    EXPECT_EQ(after.sorted(), values_from(10, 10));
}

TEST_F(commit, by_itself_by_the_clock) {
    const meters made = create_meters();
    insert(made, 0, 10);
    config how = settings();
    how.auto_commit(true).auto_commit_interval(50ms);
    reading got;
    run_subscribed(how, made.topic, [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        co_await read(consumer, 10, got);
        const auto [log, behind] = *got.next.begin();
        co_await until([&]() -> asio::awaitable<bool> {
            // The message counts as finished with the next poll.
            co_await glance_at(consumer, got);
            co_return co_await committed_at(consumer, log.first, log.second) == behind;
        });
    });
}

TEST_F(commit, counts_for_its_group_only) {
    const meters made = create_meters();
    insert(made, 0, 10);
    auto first = make_consumer("first");
    auto second = make_consumer("second");
    reading got;
    reading also;
    run([&]() -> asio::awaitable<void> {
        co_await first.subscribe(made.topic);
        co_await read(first, 10, got);
        co_await first.commit();
        co_await second.subscribe(made.topic);
        const std::int32_t vgroup = (co_await assigned(second, made.topic, 1))[0].vgroup();
        EXPECT_FALSE(co_await committed_at(second, made.topic, vgroup));
        co_await read(second, 10, also);
        co_await first.close();
        co_await second.close();
    });
    EXPECT_EQ(also.sorted(), values_from(0, 10));
}

TEST_F(commit, position_is_behind_what_was_delivered) {
    const meters made = create_meters();
    insert(made, 0, 10);
    run_subscribed(made.topic, [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        const std::vector<assigned_vgroup> vgroups = co_await assigned(consumer, made.topic, 1);
        const std::vector<topic_partition> where = partitions(vgroups);
        EXPECT_EQ((co_await consumer.position(where))[0].second, vgroups[0].started_at().value());
        message received;
        co_await next(consumer, received);
        EXPECT_EQ((co_await consumer.position(where))[0].second, received.next_offset().value());
    });
}

TEST_F(commit, position_of_a_foreign_vgroup_or_topic_is_refused) {
    const meters made = create_meters();
    protocol_client client = connect();
    EXPECT_EQ(client.ask("subscribe", subscribe_arguments(made.topic)).code(), 0);
    // A server knows a consumer's vgroups from its first assignment or poll on.
    insert(made, 0, 10);
    poll_message(client);
    EXPECT_EQ(
        client.ask("position", R"("topic_vgroup_ids":[{"topic":")" + made.topic + R"(","vgroup_id":99999}])")
            .code(),
        0x4008);
    EXPECT_EQ(client.ask("position", R"("topic_vgroup_ids":[{"topic":"nope","vgroup_id":1}])").code(),
              0x4009);
    EXPECT_EQ(client.ask("unsubscribe").code(), 0);
}

TEST_F(commit, by_hand_of_all_commits_what_was_polled) {
    const meters made = create_meters();
    insert(made, 0, 10);
    protocol_client client = connect();
    EXPECT_EQ(client.ask("subscribe", subscribe_arguments(made.topic)).code(), 0);
    const protocol_reply polled = poll_message(client);
    const std::string where = R"("topic_vgroup_ids":[{"topic":")" + made.topic + R"(","vgroup_id":)" +
                              std::to_string(polled.number("vgroup_id")) + "}]";
    EXPECT_EQ(client.ask("committed", where).numbers("committed"), std::vector<std::int64_t>(1, -2147467247));
    EXPECT_EQ(client.ask("commit").code(), 0);
    const std::vector<std::int64_t> position = client.ask("position", where).numbers("position");
    EXPECT_EQ(client.ask("committed", where).numbers("committed"), position);
    ASSERT_EQ(position.size(), 1U);
    EXPECT_GT(position[0], polled.number("offset"));
    EXPECT_EQ(client.ask("unsubscribe").code(), 0);
}

}  // namespace
}  // namespace tmq::test
