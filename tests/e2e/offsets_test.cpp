#include "e2e.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <functional>
#include <map>

namespace tmq::test {
namespace {

class offsets : public e2e {
  protected:
    /// Polls until each of `vgroups` vgroups has delivered a message; where each goes on.
    static asio::awaitable<std::map<std::int32_t, std::int64_t>> one_message_each(tmq::consumer& consumer,
                                                                                  std::size_t vgroups) {
        std::map<std::int32_t, std::int64_t> next;
        message received;
        while (next.size() < vgroups) {
            const bool got = co_await consumer.poll(received, 5s);
            EXPECT_TRUE(got);
            if (!got) break;
            next[received.vgroup()] = received.next_offset().value();
        }
        co_return next;
    }
    std::optional<std::int64_t> committed(std::int32_t vgroup) const {
        return server.committed("group", topic, vgroup);
    }
    static partition_offset at(std::int32_t vgroup, std::int64_t offset) {
        return partition_offset(topic, vgroup, offset);
    }
    static std::vector<topic_partition> partitions(const std::vector<std::int32_t>& vgroups) {
        std::vector<topic_partition> result;
        for (const std::int32_t vgroup : vgroups)
            result.emplace_back(topic, vgroup);
        return result;
    }
    static std::vector<topic_partition> partition(std::int32_t vgroup) {
        return std::vector<topic_partition>(1, topic_partition(topic, vgroup));
    }
};

TEST_F(offsets, commit_commits_what_was_delivered_with_one_request_per_vgroup_that_moved) {
    create_topic(2);
    append(0, 200, 10, 1);
    run_subscribed([&](tmq::consumer& consumer) -> asio::awaitable<void> {
        co_await consumer.commit();
        EXPECT_EQ(server.request_count("commit_offset"), 0U) << "nothing was delivered";
        const auto next = co_await one_message_each(consumer, 2);
        co_await consumer.commit();
        for (const auto& [vgroup, offset] : next)
            EXPECT_EQ(committed(vgroup), offset);
        EXPECT_EQ(server.request_count("commit_offset"), 2U);
        co_await consumer.commit();
        EXPECT_EQ(server.request_count("commit_offset"), 2U) << "nothing has moved";

        message received;
        EXPECT_TRUE(co_await consumer.poll(received, 5s));
        co_await consumer.commit(received);
        co_await consumer.commit();
        EXPECT_EQ(server.request_count("commit_offset"), 3U) << "committing the message settles it";
        EXPECT_EQ(server.request_count("commit"), 0U);
    });
}

TEST_F(offsets, commit_tries_every_vgroup_and_throws_the_first_error) {
    create_topic(2);
    append(0, 200, 10, 1);
    run_subscribed([&](tmq::consumer& consumer) -> asio::awaitable<void> {
        const auto next = co_await one_message_each(consumer, 2);
        server.inject(fault::error_reply(0x4007, "Offset out of range").on("commit_offset"));
        EXPECT_EQ(co_await error_of(consumer.commit()), make_server_error(0x4007));
        std::size_t done = 0;
        for (const auto& [vgroup, offset] : next)
            done += committed(vgroup) == offset ? 1U : 0U;
        EXPECT_EQ(done, 1U);
        co_await consumer.commit();
        for (const auto& [vgroup, offset] : next)
            EXPECT_EQ(committed(vgroup), offset);
        EXPECT_EQ(server.request_count("commit_offset"), 3U);
    });
}

TEST_F(offsets, commit_leaves_out_a_vgroup_that_another_member_reads_by_now) {
    create_topic(2);
    append(0, 40, 10, 1);
    run_subscribed([&](tmq::consumer& consumer) -> asio::awaitable<void> {
        co_await one_message_each(consumer, 2);
        server.ghost_member("group", topic);
        EXPECT_EQ(co_await error_of(consumer.commit()), make_server_error(0x4008));
        const std::size_t sent = server.request_count("commit_offset");
        co_await consumer.commit();
        EXPECT_EQ(server.request_count("commit_offset"), sent);
    });
}

TEST_F(offsets, committing_the_same_offset_again_is_success) {
    create_topic();
    append(0, 20, 10, 1);
    run_subscribed([&](tmq::consumer& consumer) -> asio::awaitable<void> {
        co_await one_message_each(consumer, 1);
        server.inject(fault::error_reply(0x4012, "Same committed value").on("commit_offset"));
        co_await consumer.commit();
        co_await consumer.commit();
        EXPECT_EQ(server.request_count("commit_offset"), 1U);
    });
}

TEST_F(offsets, any_offset_of_the_log_can_be_committed) {
    create_topic(2);
    append(0, 200, 10, 1);
    const std::vector<std::int32_t> vgroups = server.vgroups(topic);
    run_subscribed([&](tmq::consumer& consumer) -> asio::awaitable<void> {
        std::vector<partition_offset> places;
        places.push_back(at(vgroups[0], 2));
        places.push_back(at(vgroups[1], 1));
        co_await consumer.commit(places);
        EXPECT_EQ(committed(vgroups[0]), 2);
        EXPECT_EQ(committed(vgroups[1]), 1);

        places[0].set_offset(1'000'000'000);
        places[1].set_offset(3);
        EXPECT_EQ(co_await error_of(consumer.commit(places)), make_server_error(0x4007));
        EXPECT_EQ(committed(vgroups[0]), 2);
        EXPECT_EQ(committed(vgroups[1]), 3) << "the others are tried";

        const std::size_t before = server.request_count("commit_offset");
        places[1].set_offset(-1);
        EXPECT_EQ(co_await error_of(consumer.commit(places)), errc::invalid_argument);
        EXPECT_EQ(server.request_count("commit_offset"), before);
    });
}

TEST_F(offsets, commit_of_what_follows_a_message_equals_the_commit_of_the_message) {
    create_topic();
    append(0, 100, 10, 1);
    run_subscribed([&](tmq::consumer& consumer) -> asio::awaitable<void> {
        message first;
        EXPECT_TRUE(co_await consumer.poll(first, 5s));
        const partition_offset next = first.next();
        EXPECT_EQ(next.partition(), first.partition());
        EXPECT_EQ(next.offset(), first.next_offset());
        co_await consumer.commit(next);
        const std::optional<std::int64_t> by_offset = committed(first.vgroup());
        EXPECT_EQ(by_offset, first.next_offset().value());
        message second;
        EXPECT_TRUE(co_await consumer.poll(second, 5s));
        co_await consumer.commit(second);
        EXPECT_EQ(committed(first.vgroup()), second.next().offset());
        co_await consumer.commit(next);
        EXPECT_EQ(committed(first.vgroup()), by_offset) << "an offset is committed as it is";
        co_await consumer.commit(first);
        EXPECT_EQ(committed(first.vgroup()), by_offset);
        co_await consumer.seek(next);
        message again;
        EXPECT_TRUE(co_await consumer.poll(again, 5s));
        EXPECT_EQ(again.offset(), second.offset());
    });
}

TEST_F(offsets, committed_tells_what_the_group_has_committed) {
    create_topic(2);
    append(0, 200, 10, 1);
    const std::vector<std::int32_t> vgroups = server.vgroups(topic);
    run_subscribed([&](tmq::consumer& consumer) -> asio::awaitable<void> {
        const std::vector<topic_partition> both = partitions(vgroups);
        consumer::known_offsets expected;
        expected.emplace_back(both[0], std::nullopt);
        expected.emplace_back(both[1], std::nullopt);
        EXPECT_EQ(co_await consumer.committed(both), expected) << "before the first poll";
        co_await one_message_each(consumer, 2);
        co_await consumer.commit(at(vgroups[1], 2));
        expected[1].second = 2;
        EXPECT_EQ(co_await consumer.committed(both), expected);
        const std::vector<topic_partition> none;
        const auto nothing = co_await consumer.committed(none);
        EXPECT_TRUE(nothing.empty());
        EXPECT_EQ(co_await error_of(consumer.committed(partition(9999))), make_server_error(0x4008));
    });
}

TEST_F(offsets, seek_goes_on_at_its_offset_and_commits_nothing) {
    create_topic();
    append(0, 100, 10, 1);
    const std::int32_t vgroup = server.vgroups(topic)[0];
    run_subscribed([&](tmq::consumer& consumer) -> asio::awaitable<void> {
        message received;
        EXPECT_TRUE(co_await consumer.poll(received, 5s));
        const std::int64_t second = received.next_offset().value();
        EXPECT_TRUE(co_await consumer.poll(received, 5s));
        EXPECT_TRUE(co_await consumer.poll(received, 5s));
        const std::size_t seeks = server.request_count("seek");
        co_await consumer.seek(at(vgroup, second));
        const consumer::known_offsets now = co_await consumer.position(partition(vgroup));
        EXPECT_EQ(now[0].second, second);
        co_await consumer.commit();
        EXPECT_EQ(committed(vgroup), std::nullopt)
            << "what was delivered before the seek is not committed by it or after it";
        EXPECT_TRUE(co_await consumer.poll(received, 5s));
        EXPECT_EQ(received.offset(), second);
        co_await consumer.commit();
        EXPECT_EQ(committed(vgroup), received.next_offset().value());
        EXPECT_EQ(server.request_count("seek"), seeks + 1);
    });
}

TEST_F(offsets, seek_drops_a_message_of_its_vgroup_that_is_on_its_way) {
    create_topic();
    append(0, 100, 10, 1);
    const std::int32_t vgroup = server.vgroups(topic)[0];
    server.inject(fault::delay(50ms).on("fetch_raw_data"));
    run_subscribed([&](tmq::consumer& consumer) -> asio::awaitable<void> {
        message received;
        EXPECT_FALSE(co_await consumer.poll(received, 10ms)) << "announced, not here yet";
        co_await consumer.seek(at(vgroup, 3));
        EXPECT_TRUE(co_await consumer.poll(received, 5s));
        EXPECT_EQ(received.offset(), 3);
        EXPECT_TRUE(co_await consumer.poll(received, 5s));
        EXPECT_GT(received.offset(), 3);
    });
}

TEST_F(offsets, position_is_where_a_seek_went_while_the_server_brings_a_message_from_before_it) {
    create_topic();
    append(0, 100, 10, 1);
    const std::int32_t vgroup = server.vgroups(topic)[0];
    run_subscribed([&](tmq::consumer& consumer) -> asio::awaitable<void> {
        message received;
        for (int i = 0; i < 3; ++i)
            EXPECT_TRUE(co_await consumer.poll(received, 5s));
        co_await consumer.seek(at(vgroup, 1));
        server.inject(fault::delay(100ms).on("position"));
        EXPECT_FALSE(co_await consumer.poll(received, 20ms))
            << "announced, and not known to be from after the seek";
        const auto position = co_await consumer.position(partition(vgroup));
        EXPECT_EQ(position[0].second, 1);
        EXPECT_TRUE(co_await consumer.poll(received, 5s));
        EXPECT_EQ(received.offset(), 1);
    });
}

TEST_F(offsets, seek_keeps_a_message_of_another_vgroup) {
    create_topic(2);
    append(0, 200, 10, 1);
    server.inject(fault::delay(50ms).on("fetch_raw_data"));
    run_subscribed([&](tmq::consumer& consumer) -> asio::awaitable<void> {
        message received;
        EXPECT_FALSE(co_await consumer.poll(received, 10ms));
        // The one that is on its way is of the first or of the second.
        const std::vector<std::int32_t> vgroups = server.vgroups(topic);
        co_await consumer.assignment();
        const std::size_t polls = server.request_count("poll");
        co_await consumer.seek(at(vgroups[1], 1));
        EXPECT_EQ(server.request_count("poll"), polls) << "no poll before the seek is answered";
        std::map<std::int32_t, std::int64_t> first;
        while (first.size() < 2) {
            if (!co_await consumer.poll(received, 5s)) break;
            first.try_emplace(received.vgroup(), received.offset());
        }
        EXPECT_EQ(first[vgroups[0]], 0) << "nothing of the other vgroup is lost";
        EXPECT_EQ(first[vgroups[1]], 1);
    });
}

TEST_F(offsets, a_refused_seek_changes_nothing) {
    create_topic();
    append(0, 30, 10, 1);
    const std::int32_t vgroup = server.vgroups(topic)[0];
    server.inject(fault::delay(50ms).on("fetch_raw_data"));
    std::vector<int> seen(30);
    run_subscribed([&](tmq::consumer& consumer) -> asio::awaitable<void> {
        message received;
        EXPECT_FALSE(co_await consumer.poll(received, 10ms));
        const std::size_t seeks = server.request_count("seek");
        EXPECT_EQ(co_await error_of(consumer.seek(at(vgroup, 1'000'000))), make_server_error(0x4007));
        EXPECT_EQ(co_await error_of(consumer.seek(at(9999, 0))), make_server_error(0x4008));
        EXPECT_EQ(co_await error_of(consumer.seek(partition_offset("nope", vgroup, 0))),
                  make_server_error(0x4009));
        EXPECT_EQ(co_await error_of(consumer.seek(at(vgroup, -1))), errc::invalid_argument);
        EXPECT_EQ(server.request_count("seek"), seeks + 3);
        while (co_await consumer.poll(received, 200ms))
            check_rows(received, meters, seen);
    });
    EXPECT_EQ(count(seen), (delivery{30, 0, 0}));
}

TEST_F(offsets, a_poll_that_waits_gets_the_message_sought) {
    create_topic();
    append(0, 20, 10, 1);
    const std::int32_t vgroup = server.vgroups(topic)[0];
    run_subscribed([&](tmq::consumer& consumer) -> asio::awaitable<void> {
        message received;
        while (co_await consumer.poll(received, 100ms)) {
        }
        bool finished = false;
        auto waiting = [&]() -> asio::awaitable<void> {
            EXPECT_TRUE(co_await consumer.poll(received, 20s));
            finished = true;
        };
        asio::co_spawn(context, waiting(), asio::detached);
        co_await until_polls_wait(1);
        co_await consumer.seek(at(vgroup, 0));
        co_await until([&] { return finished; });
        EXPECT_EQ(received.offset(), 0);
    });
}

TEST_F(offsets, seek_leaves_a_message_behind_that_cannot_be_read) {
    create_topic();
    const std::int32_t vgroup = server.vgroups(topic)[0];
    const std::int64_t behind =
        server.append_message(topic, vgroup, std::vector<std::byte>(20, std::byte{0xFF}));
    append(0, 10);
    run_subscribed([&](tmq::consumer& consumer) -> asio::awaitable<void> {
        message received;
        EXPECT_EQ(kind_of(co_await error_of(consumer.poll(received, 5s))), error_kind::protocol);
        EXPECT_EQ(kind_of(co_await error_of(consumer.poll(received, 5s))), error_kind::protocol)
            << "it is not skipped";
        co_await consumer.seek(at(vgroup, behind));
        EXPECT_TRUE(co_await consumer.poll(received, 5s));
        EXPECT_EQ(received.offset(), behind);
    });
}

TEST_F(offsets, seek_to_the_ends_of_a_topic_and_of_one_vgroup) {
    create_topic(2);
    append(0, 200, 10, 1);
    const std::vector<std::int32_t> vgroups = server.vgroups(topic);
    std::vector<int> seen(210);
    run_subscribed([&](tmq::consumer& consumer) -> asio::awaitable<void> {
        co_await consumer.seek_to_end(topic);
        message received;
        EXPECT_FALSE(co_await consumer.poll(received, 50ms));
        append(200, 10);
        for (std::uint64_t rows = 0; rows < 10; rows += received.row_count()) {
            const bool got = co_await consumer.poll(received, 5s);
            EXPECT_TRUE(got);
            if (!got) break;
            check_rows(received, meters, seen);
        }
        EXPECT_EQ(count(seen), (delivery{10, 200, 0}));

        co_await consumer.seek_to_beginning(topic, vgroups[0]);
        EXPECT_TRUE(co_await consumer.poll(received, 5s));
        EXPECT_EQ(received.vgroup(), vgroups[0]);
        EXPECT_EQ(received.offset(), 0);
        co_await consumer.seek_to_end(topic, vgroups[0]);
        EXPECT_FALSE(co_await consumer.poll(received, 50ms));

        co_await consumer.seek_to_beginning(topic);
        const auto next = co_await one_message_each(consumer, 2);
        EXPECT_EQ(next.size(), 2U);
        EXPECT_EQ(co_await error_of(consumer.seek_to_end(topic, 9999)), make_server_error(0x4008));
        EXPECT_EQ(co_await error_of(consumer.seek_to_beginning("nope")), make_server_error(0x4009));
    });
}

TEST_F(offsets, lag_is_what_the_logs_hold_beyond_the_position) {
    create_topic(2);
    append(0, 200, 10, 1);
    run_subscribed([&](tmq::consumer& consumer) -> asio::awaitable<void> {
        std::int64_t before = 0;
        const std::vector<vgroup_lag> at_first = co_await consumer.lag();
        for (const vgroup_lag& one : at_first) {
            EXPECT_EQ(one.topic(), topic);
            EXPECT_EQ(one.entries(), server.end_offset(topic, one.vgroup()));
            before += one.entries().value_or(0);
        }
        message received;
        EXPECT_TRUE(co_await consumer.poll(received, 5s));
        const std::vector<vgroup_lag> between = co_await consumer.lag();
        for (const vgroup_lag& one : between)
            EXPECT_EQ(one.entries(),
                      server.end_offset(topic, one.vgroup()) -
                          (one.vgroup() == received.vgroup() ? received.next_offset().value() : 0));
        while (co_await consumer.poll(received, 50ms)) {
        }
        const std::vector<vgroup_lag> at_end = co_await consumer.lag();
        EXPECT_EQ(at_end.size(), 2U);
        for (const vgroup_lag& one : at_end)
            EXPECT_EQ(one.entries(), 0);
        EXPECT_GT(before, 0);
    });
}

TEST_F(offsets, lag_counts_a_message_that_is_on_its_way_as_not_read) {
    create_topic();
    append(0, 10);
    server.inject(fault::delay(50ms).on("fetch_raw_data"));
    run_subscribed([&](tmq::consumer& consumer) -> asio::awaitable<void> {
        message received;
        EXPECT_FALSE(co_await consumer.poll(received, 10ms));
        const std::vector<vgroup_lag> lag = co_await consumer.lag();
        EXPECT_EQ(lag.size(), 1U);
        EXPECT_EQ(lag[0].entries(), server.end_offset(topic, lag[0].vgroup()));
    });
}

TEST_F(offsets, subscription_and_version_are_what_the_server_says) {
    create_topic();
    server.create_topic(topic_options("alarms").database("power"));
    run([&]() -> asio::awaitable<void> {
        auto consumer = make_consumer();
        EXPECT_EQ(co_await error_of(consumer.fetch_server_version()), errc::not_subscribed);
        EXPECT_EQ(co_await error_of(consumer.fetch_subscription()), errc::not_subscribed);
        std::vector<std::string> topics = {std::string(topic), "alarms"};
        co_await consumer.subscribe(topics);
        const std::vector<std::string> subscribed = co_await consumer.fetch_subscription();
        EXPECT_EQ(subscribed, topics);
        EXPECT_EQ(co_await consumer.fetch_server_version(), "3.3.5.8");
        co_await consumer.unsubscribe();
        EXPECT_EQ(co_await consumer.fetch_server_version(), "3.3.5.8") << "needs a connection only";
        co_await consumer.close();
        EXPECT_EQ(co_await error_of(consumer.fetch_server_version()), errc::closed);
    });
}

TEST_F(offsets, other_topics_can_follow_on_the_same_connection) {
    create_topic();
    server.create_topic(topic_options("alarms").database("power").kind(topic_kind::stable));
    append(0, 10);
    append_meters(server, "alarms", meters, 10, 10);
    run_subscribed([&](tmq::consumer& consumer) -> asio::awaitable<void> {
        message received;
        EXPECT_TRUE(co_await consumer.poll(received, 5s));
        co_await consumer.unsubscribe();
        co_await consumer.subscribe("alarms");
        const std::vector<std::string> topics = co_await consumer.fetch_subscription();
        EXPECT_EQ(topics, std::vector<std::string>{"alarms"});
        EXPECT_TRUE(co_await consumer.poll(received, 5s));
        EXPECT_EQ(received.topic(), "alarms");
        co_await consumer.commit();
        EXPECT_EQ(server.request_count("commit_offset"), 1U) << "only what this subscription has delivered";
        EXPECT_EQ(server.committed("group", "alarms", received.vgroup()), received.next_offset().value());
        const std::vector<vgroup_lag> lag = co_await consumer.lag();
        EXPECT_EQ(lag.size(), 1U);
        EXPECT_EQ(lag[0].topic(), "alarms");
        EXPECT_EQ(server.accepted_count(), 1U);
    });
}

/// A message of no rows, from one snapshot offset to another.
std::vector<std::byte> snapshot_message() {
    std::vector<std::byte> raw = {std::byte{0x64}, std::byte{52}, std::byte{0}, std::byte{0}, std::byte{0}};
    for (int i = 0; i < 2; ++i) {
        raw.push_back(std::byte{0x12});
        raw.insert(raw.end(), 25, std::byte{0});
    }
    raw.insert(raw.end(), 4 + 8, std::byte{0});
    return raw;
}

TEST_F(offsets, a_message_without_a_log_offset_has_nothing_next) {
    create_topic();
    const std::int32_t vgroup = server.vgroups(topic)[0];
    server.append_message(topic, vgroup, snapshot_message());
    run_subscribed([&](tmq::consumer& consumer) -> asio::awaitable<void> {
        message received;
        EXPECT_TRUE(co_await consumer.poll(received, 5s));
        EXPECT_EQ(received.partition(), topic_partition(topic, vgroup));
        EXPECT_THROW((void)received.next(), error);
    });
}

TEST_F(offsets, messages_without_a_log_offset_are_committed_all_together) {
    create_topic();
    const std::int32_t vgroup = server.vgroups(topic)[0];
    const std::int64_t behind = server.append_message(topic, vgroup, snapshot_message());
    run_subscribed([&](tmq::consumer& consumer) -> asio::awaitable<void> {
        message received;
        EXPECT_TRUE(co_await consumer.poll(received, 5s));
        EXPECT_EQ(received.next_offset(), std::nullopt);
        EXPECT_EQ(co_await error_of(consumer.commit(received)), errc::no_exact_offset);
        co_await consumer.commit();
        EXPECT_EQ(server.request_count("commit"), 1U);
        EXPECT_EQ(server.request_count("commit_offset"), 0U);
        EXPECT_EQ(committed(vgroup), behind);
        co_await consumer.commit();
        EXPECT_EQ(server.request_count("commit"), 1U);
    });
}

TEST_F(offsets, a_snapshot_that_leads_into_the_log_is_committed_all_together) {
    create_topic();
    const std::int32_t vgroup = server.vgroups(topic)[0];
    append(0, 10);
    const std::int64_t behind = server.end_offset(topic, vgroup);
    run([&]() -> asio::awaitable<void> {
        config with_snapshot = settings();
        with_snapshot.snapshot(true);
        tmq::consumer consumer(context, with_snapshot);
        co_await consumer.subscribe(topic);
        message received;
        EXPECT_TRUE(co_await consumer.poll(received, 5s));
        EXPECT_EQ(received.row_count(), 10U);
        EXPECT_EQ(received.next_offset(), std::nullopt);
        EXPECT_EQ(co_await error_of(consumer.commit(received)), errc::no_exact_offset);
        co_await consumer.commit();
        EXPECT_EQ(server.request_count("commit_offset"), 0U);
        EXPECT_EQ(committed(vgroup), behind);
        append(10, 10);
        EXPECT_TRUE(co_await consumer.poll(received, 5s));
        EXPECT_EQ(received.offset(), behind);
        co_await consumer.close();
    });
}

TEST_F(offsets, messages_without_a_log_offset_are_not_committed_while_another_waits_to_be_polled) {
    create_topic();
    const std::int32_t vgroup = server.vgroups(topic)[0];
    server.append_message(topic, vgroup, snapshot_message());
    append(0, 10);
    server.inject(fault::delay(50ms).on("fetch_raw_data").skip(1));
    run_subscribed([&](tmq::consumer& consumer) -> asio::awaitable<void> {
        message received;
        EXPECT_TRUE(co_await consumer.poll(received, 5s));
        message next;
        EXPECT_FALSE(co_await consumer.poll(next, 10ms));
        EXPECT_EQ(co_await error_of(consumer.commit()), errc::no_exact_offset);
        EXPECT_EQ(server.request_count("commit"), 0U);
        EXPECT_TRUE(co_await consumer.poll(next, 5s));
        co_await consumer.commit();
        EXPECT_EQ(committed(vgroup), next.next_offset().value());
    });
}

/// An operation, and the action that its request names.
struct operation {
    const char* action;
    std::function<asio::awaitable<void>(tmq::consumer&, std::int32_t vgroup)> start;
    friend std::ostream& operator<<(std::ostream& out, const operation& o) { return out << o.action; }
};

class slow_operation : public offsets, public ::testing::WithParamInterface<operation> {
  protected:
    void SetUp() override {
        create_topic();
        append(0, 30, 10, 1);
    }
    std::size_t requests() const { return server.request_count(GetParam().action); }
};

TEST_P(slow_operation, cancelled_leaves_the_connection_and_every_message) {
    std::vector<int> seen(30);
    run_subscribed([&](tmq::consumer& consumer) -> asio::awaitable<void> {
        message received;
        EXPECT_TRUE(co_await consumer.poll(received, 5s));
        check_rows(received, meters, seen);
        const std::size_t before = requests();
        server.inject(fault::delay(100ms).on(GetParam().action));
        boost::system::error_code code;
        bool finished = false;
        asio::cancellation_signal cancel;
        const std::int32_t vgroup = received.vgroup();
        auto operation = [&]() -> asio::awaitable<void> {
            code = co_await error_of(GetParam().start(consumer, vgroup));
            finished = true;
        };
        asio::co_spawn(context, operation(), asio::bind_cancellation_slot(cancel.slot(), asio::detached));
        co_await until([&] { return requests() != before; });
        cancel.emit(asio::cancellation_type::terminal);
        co_await until([&] { return finished; });
        EXPECT_EQ(code, asio::error::operation_aborted);
        while (co_await consumer.poll(received, 200ms))
            check_rows(received, meters, seen);
        EXPECT_EQ(server.accepted_count(), 1U);
    });
    // A seek that took effect although it was cancelled delivers again.
    EXPECT_EQ(count(seen).lost, 0U);
}

asio::awaitable<void> commit_all(tmq::consumer& consumer, std::int32_t) { co_await consumer.commit(); }
asio::awaitable<void> ask_committed(tmq::consumer& consumer, std::int32_t vgroup) {
    const std::vector<topic_partition> one(1, topic_partition(topic, vgroup));
    co_await consumer.committed(one);
}
asio::awaitable<void> seek_back(tmq::consumer& consumer, std::int32_t vgroup) {
    co_await consumer.seek(partition_offset(topic, vgroup, 0));
}
asio::awaitable<void> ask_lag(tmq::consumer& consumer, std::int32_t) { co_await consumer.lag(); }
asio::awaitable<void> go_to_end(tmq::consumer& consumer, std::int32_t vgroup) {
    co_await consumer.seek_to_end(topic, vgroup + 0);
}
asio::awaitable<void> ask_topics(tmq::consumer& consumer, std::int32_t) {
    co_await consumer.fetch_subscription();
}
asio::awaitable<void> ask_version(tmq::consumer& consumer, std::int32_t) {
    co_await consumer.fetch_server_version();
}

INSTANTIATE_TEST_SUITE_P(operations, slow_operation,
                         ::testing::Values(operation{"commit_offset", commit_all},
                                           operation{"committed", ask_committed},
                                           operation{"seek", seek_back}, operation{"position", ask_lag},
                                           operation{"assignment", go_to_end},
                                           operation{"list_topics", ask_topics},
                                           operation{"version", ask_version}),
                         [](const auto& tested) { return std::string(tested.param.action); });

}  // namespace
}  // namespace tmq::test
