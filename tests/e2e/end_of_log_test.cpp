// What is left of a log, as a real server shows it: held polls, remembered bounds, entries without rows.
#include "reconnecting.hpp"

namespace tmq::test {
namespace {

/// 3.3.5.8, whose commits and subscriptions write an entry to the log, as on a real server.
testing::server_options growing() {
    return testing::server_options().version("3.3.5.8").commit_growth(1).log_growth(1);
}

class end_of_log : public reconnecting_e2e {
  protected:
    explicit end_of_log(testing::server_options options = growing()) : reconnecting_e2e(std::move(options)) {}

    void SetUp() override { create_topic(3, topic_kind::select); }
    std::int32_t vgroup(std::size_t index) const { return server.vgroups(topic).at(index); }
    /// One row in one vgroup.
    void insert(std::int32_t into, std::uint64_t index) {
        block_builder block = meters.make_block(0);
        meters.add_row(block, index);
        server.insert(topic, into, block);
    }
    /// An insert that has no row for the topic.
    void insert_nothing(std::int32_t into) { server.insert(topic, into, std::span<const block_builder>()); }

    static std::optional<std::int64_t> total(const std::vector<vgroup_lag>& lags) {
        std::int64_t sum = 0;
        for (const vgroup_lag& one : lags) {
            if (!one.entries()) return std::nullopt;
            sum += *one.entries();
        }
        return sum;
    }
    /// Polls, which must bring nothing, until nothing is left. Returns how long that took.
    asio::awaitable<std::chrono::milliseconds> until_nothing_is_left(tmq::consumer& consumer) {
        const auto start = std::chrono::steady_clock::now();
        message received;
        for (;;) {
            const bool got = co_await consumer.poll(received, 50ms);
            EXPECT_FALSE(got);
            const std::vector<vgroup_lag> lags = co_await consumer.lag();
            const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(
                std::chrono::steady_clock::now() - start);
            if (total(lags) == 0) co_return took;
            EXPECT_LT(took, 10s) << "the end is never reached";
            if (took >= 10s) co_return took;
        }
    }
};

TEST_F(end_of_log, commits_behind_a_held_poll_leave_nothing) {
    for (std::uint64_t row = 0; row < 5; ++row)
        insert(vgroup(0), row);
    run_subscribed(reconnecting(), [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        message received;
        const bool got = co_await consumer.poll(received, 1s);
        EXPECT_TRUE(got);
        const bool more = co_await consumer.poll(received, 20ms);
        EXPECT_FALSE(more);
        for (int i = 0; i < 3; ++i) {
            co_await consumer.commit(partition_offset(topic, vgroup(0), received.next_offset().value() - i));
            const auto took = co_await until_nothing_is_left(consumer);
            EXPECT_LT(took, 1s);
        }
    });
}

TEST_F(end_of_log, inserts_without_a_row_before_the_first_poll_leave_nothing) {
    run_subscribed(reconnecting(), [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        for (int i = 0; i < 3; ++i)
            insert_nothing(vgroup(1));
        const auto took = co_await until_nothing_is_left(consumer);
        EXPECT_LT(took, 3s);
    });
}

TEST_F(end_of_log, lag_grows_again_when_rows_come) {
    run_subscribed(reconnecting(), [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        insert_nothing(vgroup(0));
        co_await until_nothing_is_left(consumer);
        for (std::uint64_t row = 0; row < 4; ++row) {
            insert(vgroup(row % 3), row);
            message received;
            const bool got = co_await consumer.poll(received, 1s);
            EXPECT_TRUE(got);
            EXPECT_EQ(received.row_count(), 1U);
        }
        insert(vgroup(0), 5);
        insert(vgroup(0), 6);
        message received;
        // The server tells of more with the next message.
        const bool got = co_await consumer.poll(received, 1s);
        EXPECT_TRUE(got);
        if (received.row_count() == 1) {
            const std::vector<vgroup_lag> lags = co_await consumer.lag();
            EXPECT_EQ(total(lags), 1);
        }
    });
}

TEST_F(end_of_log, a_row_that_comes_late_is_left) {
    run_subscribed(reconnecting(), [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        insert_nothing(vgroup(0));
        co_await until_nothing_is_left(consumer);
        insert(vgroup(0), 0);
        message received;
        bool got = co_await consumer.poll(received, 1s);
        EXPECT_TRUE(got);
        got = co_await consumer.poll(received, 20ms);
        EXPECT_FALSE(got);
        const auto took = co_await until_nothing_is_left(consumer);
        EXPECT_LT(took, 1s);
    });
}

TEST_F(end_of_log, lag_of_a_snapshot_is_not_known_before_silence_tells) {
    for (std::uint64_t row = 0; row < 3; ++row)
        insert(vgroup(0), row);
    run_subscribed(reconnecting().snapshot(true), [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        message received;
        const bool got = co_await consumer.poll(received, 1s);
        EXPECT_TRUE(got);
        const auto took = co_await until_nothing_is_left(consumer);
        EXPECT_LT(took, 4s);
    });
}

/// Of six vgroups an asked assignment kills the adapter now and then.
class fragile_adapter : public end_of_log {
  protected:
    fragile_adapter() : end_of_log(growing().assignment_crash(2)) {}
};

TEST_F(fragile_adapter, is_asked_for_all_vgroups_only_once) {
    insert(vgroup(0), 0);
    const config changed_settings = reconnecting().assignment_interval(100ms);
    run_subscribed(changed_settings, [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        const std::size_t asked = server.request_count("assignment");
        message received;
        while (server.request_count("assignment") < asked + 5)
            co_await consumer.poll(received, 50ms);
        for (int i = 0; i < 5; ++i)
            co_await consumer.lag();
    });
    EXPECT_EQ(server.accepted_count(), 1U) << "the adapter has died";
}

class doubted_assignment : public end_of_log {};

TEST_F(doubted_assignment, a_vgroup_that_one_answer_lacks_is_not_given_up) {
    const config changed_settings = reconnecting().assignment_interval(100ms);
    run_subscribed(changed_settings, [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        // A member that comes and goes leaves vgroups behind that the server has to be asked about.
        const std::uint64_t ghost = server.ghost_member("group", topic);
        message received;
        while (said.count<events::revoked>() == 0)
            co_await consumer.poll(received, 20ms);
        const std::size_t revoked = said.count<events::revoked>();
        for (const std::int32_t one : server.vgroups(topic))
            server.inject(fault::leave_out_vgroup(one).on("assignment"));
        server.remove_member(ghost);
        while (said.count<events::assigned>() < 2)
            co_await consumer.poll(received, 20ms);
        for (int i = 0; i < 20; ++i)
            co_await consumer.poll(received, 20ms);
        EXPECT_EQ(said.count<events::revoked>(), revoked) << said.kinds();
    });
    EXPECT_EQ(said.count<events::disconnected>(), 0U) << said.kinds();
}

/// Rows that are numbered over all vgroups, so that each can be counted.
class seek : public reconnecting_e2e {
  protected:
    explicit seek(testing::server_options options = growing()) : reconnecting_e2e(std::move(options)) {}
    void SetUp() override { create_topic(3, topic_kind::select); }
    static constexpr std::uint64_t rows = 90;
    std::vector<int> seen = std::vector<int>(rows);

    /// Seeks every vgroup to where it is while messages of all wait in the server, again and again.
    asio::awaitable<void> seek_while_reading(tmq::consumer& consumer) {
        co_await consumer.subscribe(topic);
        append(0, rows, 1, 1);
        message received;
        std::uint64_t got = 0;
        const auto deadline = std::chrono::steady_clock::now() + 15s;
        while (got < rows && std::chrono::steady_clock::now() < deadline) {
            const bool has_message = co_await consumer.poll(received, 100ms);
            if (!has_message) continue;
            got += received.row_count();
            take(received, seen);
            for (const std::int32_t vgroup : server.vgroups(topic)) {
                const std::vector<topic_partition> one(1, topic_partition(topic, vgroup));
                const consumer::known_offsets position = co_await consumer.position(one);
                co_await consumer.seek(partition_offset(position[0].first, position[0].second.value()));
            }
        }
        for (int i = 0; i < 3; ++i) {
            const bool has_message = co_await consumer.poll(received, 20ms);
            EXPECT_FALSE(has_message);
        }
        EXPECT_EQ(count(seen), (delivery{rows, 0, 0}));
        co_await consumer.close();
    }
};

TEST_F(seek, to_its_own_place_repeats_nothing) {
    tmq::consumer consumer(context, reconnecting());
    listen(consumer);
    run([&]() { return seek_while_reading(consumer); });
}

TEST_F(seek, to_its_own_place_repeats_nothing_with_read_ahead) {
    tmq::consumer consumer(context, reconnecting().prefetch(4));
    listen(consumer);
    run([&]() { return seek_while_reading(consumer); });
}

class seek_34 : public seek {
  protected:
    seek_34() : seek(testing::server_options().version("3.4.1.6").rows_per_poll(1)) {}
};

TEST_F(seek_34, to_its_own_place_repeats_nothing) {
    tmq::consumer consumer(context, reconnecting());
    listen(consumer);
    run([&]() { return seek_while_reading(consumer); });
}

TEST_F(seek, to_the_beginning_brings_everything_once_more_and_nothing_from_before) {
    run_subscribed(reconnecting(), [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        append(0, rows, 1, 1);
        message received;
        const bool got = co_await consumer.poll(received, 1s);
        EXPECT_TRUE(got);
        // Replies of the other vgroups wait in the server.
        co_await consumer.seek_to_beginning(topic);
        co_await read(consumer, seen, rows);
        EXPECT_EQ(count(seen), (delivery{rows, 0, 0}));
        const bool more = co_await consumer.poll(received, 20ms);
        EXPECT_FALSE(more);
    });
}

TEST_F(seek, to_the_end_brings_nothing_that_was_there) {
    tmq::consumer consumer(context, reconnecting());
    listen(consumer);
    run([&]() -> asio::awaitable<void> {
        append(0, rows, 1, 1);
        co_await consumer.subscribe(topic);
        message received;
        const bool got = co_await consumer.poll(received, 1s);
        EXPECT_TRUE(got);
        co_await consumer.seek_to_end(topic);
        for (int i = 0; i < 3; ++i) {
            const bool more = co_await consumer.poll(received, 20ms);
            EXPECT_FALSE(more) << "vgroup " << received.vgroup() << ", offset " << received.offset();
        }
        co_await consumer.close();
    });
}

}  // namespace
}  // namespace tmq::test
