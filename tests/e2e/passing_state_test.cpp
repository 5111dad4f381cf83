// What passes by itself on the server does not reach the application before request_timeout.
#include "reconnecting.hpp"

namespace tmq::test {
namespace {

class passing_state : public reconnecting_e2e {
  protected:
    explicit passing_state(testing::server_options options = {}) : reconnecting_e2e(std::move(options)) {}
    void SetUp() override {
        create_topic(2, topic_kind::select);
        append(0, rows, 1, 1);
    }
    static constexpr std::uint64_t rows = 20;
    std::vector<int> seen = std::vector<int>(rows);

    std::vector<partition_offset> places() const {
        std::vector<partition_offset> result;
        for (const std::int32_t vgroup : server.vgroups(topic))
            result.emplace_back(topic, vgroup, 3);
        return result;
    }
    std::vector<topic_partition> partitions() const {
        std::vector<topic_partition> result;
        for (const std::int32_t vgroup : server.vgroups(topic))
            result.emplace_back(topic, vgroup);
        return result;
    }
    /// Does every operation once; `received` is the last message.
    asio::awaitable<void> do_everything(tmq::consumer& consumer, const message& received) {
        co_await consumer.commit(received);
        co_await consumer.commit(places());
        co_await consumer.commit();
        co_await consumer.committed(partitions());
        const std::vector<assigned_vgroup> assigned = co_await consumer.assignment();
        EXPECT_EQ(assigned.size(), 2U);
        for (const assigned_vgroup& one : assigned)
            EXPECT_GE(one.log_begin(), 0);
        co_await consumer.position(partitions());
        co_await consumer.lag();
        co_await consumer.seek(places()[0]);
        co_await consumer.seek_to_beginning(topic);
        co_await consumer.seek_to_end(topic);
    }
};

TEST_F(passing_state, is_outlasted_by_every_operation) {
    for (const std::uint32_t code : {0x4001U, 0x4008U, 0x4010U, 0x03EAU, 0x03EFU, 0x0020U}) {
        for (const std::string_view action :
             {"commit_offset", "committed", "assignment", "position", "seek"}) {
            // An assignment is of no vgroup.
            if (code == 0x4008 && action == "assignment") continue;
            SCOPED_TRACE(::testing::Message() << std::hex << code << " to " << action);
            tmq::consumer consumer(
                context,
                reconnecting("group" + std::to_string(code) + std::string(action)).auto_commit(false));
            listen(consumer);
            run([&]() -> asio::awaitable<void> {
                co_await consumer.subscribe(topic);
                message received;
                const bool got = co_await consumer.poll(received, 1s);
                EXPECT_TRUE(got);
                server.inject(fault::error_reply(code, "passes").on(std::string(action)).times(2));
                co_await do_everything(consumer, received);
                server.clear_faults();
                co_await consumer.close();
            });
            EXPECT_EQ(said.count<events::disconnected>(), 0U) << said.kinds();
        }
    }
    EXPECT_EQ(server.accepted_count(), 29U) << "no connection was given up for it";
}

TEST_F(passing_state, reaches_the_application_after_the_request_timeout) {
    const config changed_settings = reconnecting().request_timeout(300ms);
    run_subscribed(changed_settings, [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        message received;
        const bool got = co_await consumer.poll(received, 1s);
        EXPECT_TRUE(got);
        server.inject(fault::error_reply(0x03EF, "rebalancing").on("commit_offset").times(1000));
        const auto start = std::chrono::steady_clock::now();
        const boost::system::error_code refused = co_await error_of(consumer.commit(received));
        EXPECT_EQ(refused, make_server_error(0x03EF));
        EXPECT_GE(std::chrono::steady_clock::now() - start, 300ms);
        server.clear_faults();
        co_await consumer.commit(received);
    });
}

TEST_F(passing_state, of_a_vgroup_that_is_another_members_is_final) {
    run_subscribed(reconnecting(), [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        message received;
        std::vector<message> held(2);
        for (message& one : held) {
            const bool got = co_await consumer.poll(one, 1s);
            EXPECT_TRUE(got);
        }
        server.ghost_member("group", topic);
        std::size_t refused = 0;
        for (const message& one : held) {
            const boost::system::error_code why = co_await error_of(consumer.commit(one));
            EXPECT_TRUE(!why || why == make_server_error(0x4008)) << why.message();
            refused += why ? 1 : 0;
        }
        EXPECT_EQ(refused, held[0].vgroup() == held[1].vgroup() ? 0U : 1U);
    });
}

/// A server that goes on refusing every commit of a subscription, while all else works.
class stuck_commit : public passing_state {};

TEST_F(stuck_commit, succeeds_with_a_new_subscription) {
    seen.resize(rows + 10);
    tmq::consumer consumer(context, reconnecting());
    listen(consumer);
    run([&]() -> asio::awaitable<void> {
        co_await consumer.subscribe(topic);
        co_await read(consumer, seen, rows - 1);
        message last;
        const bool has_last = co_await consumer.poll(last, 5s);
        EXPECT_TRUE(has_last);
        take(last, seen);
        EXPECT_EQ(next.size(), 2U) << "each vgroup has something to commit";
        server.inject(fault::error_reply(0x4010, "not now").on("commit_offset").times(5));
        co_await consumer.commit(last);
        EXPECT_EQ(server.committed("group", topic, last.vgroup()), last.next_offset().value());
        append(rows, 10, 1, 1);
        co_await read(consumer, seen, 10);
        co_await consumer.close();
    });
    EXPECT_EQ(said.count<events::disconnected>(), 1U) << said.kinds();
    EXPECT_EQ(server.accepted_count(), 2U);
    EXPECT_EQ(count(seen), (delivery{rows + 10, 0, 0}));
}

TEST_F(stuck_commit, by_itself_waits_and_keeps_the_connection) {
    tmq::consumer consumer(context, reconnecting().auto_commit(true).auto_commit_interval(10ms));
    listen(consumer);
    run([&]() -> asio::awaitable<void> {
        server.inject(fault::error_reply(0x4010, "not now").on("commit_offset").times(1'000'000));
        co_await consumer.subscribe(topic);
        co_await read(consumer, seen, rows);
        EXPECT_EQ(next.size(), 2U) << "each vgroup has something to commit";
        message none;
        const bool more = co_await consumer.poll(none, 10ms);
        EXPECT_FALSE(more);
        co_await until([&] { return server.request_count("commit_offset") >= 10; });
        server.clear_faults();
        co_await until([&] {
            return std::all_of(next.begin(), next.end(), [&](const auto& one) {
                return server.committed("group", topic, one.first) == one.second;
            });
        });
        co_await consumer.close();
    });
    EXPECT_EQ(said.count<events::disconnected>(), 0U) << said.kinds();
}

/// A 3.3.5 query topic with polls that are held while the group is rebalanced.
class held_poll : public passing_state {
  protected:
    explicit held_poll(std::chrono::milliseconds rebalance_time = 0ms)
        : passing_state(
              testing::server_options().version("3.3.5.8").commit_growth(1).log_growth(1).rebalance_time(
                  rebalance_time)) {}

    /// Reads everything, leaves a poll held in each vgroup, and lets a member join, which takes one of the
    /// two.
    asio::awaitable<void> rebalance_with_held_polls(tmq::consumer& consumer,
                                                    std::map<std::int32_t, message>& last) {
        co_await consumer.subscribe(topic);
        std::uint64_t got = 0;
        while (got < rows) {
            message received;
            const bool has_message = co_await consumer.poll(received, 1s);
            EXPECT_TRUE(has_message);
            if (!has_message) co_return;
            got += received.row_count();
            const std::int32_t vgroup = received.vgroup();
            last[vgroup] = std::move(received);
        }
        message none;
        for (int i = 0; i < 2; ++i) {
            const bool more = co_await consumer.poll(none, 20ms);
            EXPECT_FALSE(more);
        }
        server.ghost_member("group", topic);
    }
};

TEST_F(held_poll, in_a_rebalance_refuses_no_commit) {
    tmq::consumer consumer(context, reconnecting());
    listen(consumer);
    run([&]() -> asio::awaitable<void> {
        std::map<std::int32_t, message> last;
        co_await rebalance_with_held_polls(consumer, last);
        EXPECT_EQ(last.size(), 2U);
        std::size_t committed = 0;
        for (const auto& [vgroup, received] : last) {
            const boost::system::error_code why = co_await error_of(consumer.commit(received));
            if (why) {
                EXPECT_EQ(why, make_server_error(0x4008)) << "the vgroup of the new member";
                continue;
            }
            ++committed;
            // All that was polled is committed in its place, and with it entries without rows.
            EXPECT_GE(server.committed("group", topic, vgroup), received.next_offset().value());
        }
        EXPECT_EQ(committed, 1U);
        co_await consumer.close();
    });
    EXPECT_EQ(said.count<events::disconnected>(), 0U) << said.kinds();
}

TEST_F(held_poll, in_a_rebalance_refuses_no_commit_by_itself) {
    tmq::consumer consumer(context, reconnecting().auto_commit(true).auto_commit_interval(50ms));
    listen(consumer);
    run([&]() -> asio::awaitable<void> {
        std::map<std::int32_t, message> last;
        co_await rebalance_with_held_polls(consumer, last);
        const auto kept = [&] {
            return std::any_of(last.begin(), last.end(), [&](const auto& one) {
                return server.committed("group", topic, one.first) >= one.second.next_offset().value();
            });
        };
        co_await until(kept);
        co_await consumer.close();
    });
    EXPECT_EQ(said.count<events::disconnected>(), 0U) << said.kinds();
}

TEST_F(held_poll, in_a_rebalance_hides_no_position) {
    tmq::consumer consumer(context, reconnecting());
    listen(consumer);
    run([&]() -> asio::awaitable<void> {
        std::map<std::int32_t, message> last;
        co_await rebalance_with_held_polls(consumer, last);
        message none;
        std::vector<vgroup_lag> lags;
        const auto deadline = std::chrono::steady_clock::now() + 10s;
        do {
            const bool got = co_await consumer.poll(none, 50ms);
            EXPECT_FALSE(got);
            lags = co_await consumer.lag();
        } while ((lags.size() != 1 || lags[0].entries() != 0) && std::chrono::steady_clock::now() < deadline);
        EXPECT_EQ(lags.size(), 1U);
        EXPECT_EQ(lags.at(0).entries(), 0);
        const std::vector<topic_partition> kept(1, lags[0].partition());
        const consumer::known_offsets position = co_await consumer.position(kept);
        EXPECT_EQ(position[0].second, last[lags[0].vgroup()].next_offset().value());
        co_await consumer.close();
    });
    EXPECT_EQ(said.count<events::disconnected>(), 0U) << said.kinds();
}

class passing_rebalance : public held_poll {
  protected:
    passing_rebalance() : held_poll(300ms) {}
};

TEST_F(passing_rebalance, ends_no_operation) {
    const config changed_settings = reconnecting().assignment_interval(100ms);
    run_subscribed(changed_settings, [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        message received;
        for (int i = 0; i < 10; ++i) {
            const std::uint64_t ghost = server.ghost_member("group", topic);
            const bool got = co_await consumer.poll(received, 1s);
            if (got) {
                const boost::system::error_code why = co_await error_of(consumer.commit(received));
                EXPECT_TRUE(!why || why == make_server_error(0x4008)) << why.message();
            }
            co_await consumer.assignment();
            co_await consumer.lag();
            server.remove_member(ghost);
        }
    });
    EXPECT_EQ(said.count<events::disconnected>(), 0U) << said.kinds();
}

TEST_F(passing_state, does_not_show_right_after_subscribe) {
    for (int i = 0; i < 9; ++i) {
        tmq::consumer consumer(context, reconnecting("group" + std::to_string(i)));
        listen(consumer);
        run([&]() -> asio::awaitable<void> {
            co_await consumer.subscribe(topic);
            switch (i) {
                case 0: co_await consumer.commit(places()); break;
                case 1: co_await consumer.commit(); break;
                case 2: co_await consumer.committed(partitions()); break;
                case 3: co_await consumer.assignment(); break;
                case 4: co_await consumer.position(partitions()); break;
                case 5: co_await consumer.lag(); break;
                case 6: co_await consumer.seek(places()[0]); break;
                case 7: co_await consumer.seek_to_beginning(topic); break;
                case 8: co_await consumer.seek_to_end(topic); break;
            }
            co_await consumer.close();
        });
    }
}

TEST_F(passing_state, does_not_show_right_after_subscribe_with_a_snapshot) {
    tmq::consumer consumer(context, reconnecting().snapshot(true));
    listen(consumer);
    run([&]() -> asio::awaitable<void> {
        co_await consumer.subscribe(topic);
        const consumer::known_offsets committed = co_await consumer.committed(partitions());
        EXPECT_EQ(offsets_of(committed), std::vector<std::optional<std::int64_t>>(2));
        co_await consumer.close();
    });
}

}  // namespace
}  // namespace tmq::test
