#include "reconnecting.hpp"

namespace tmq::test {
namespace {

/// One vgroup with messages of one row each: message i ends at offset i + 1.
class commit : public reconnecting_e2e {
  protected:
    void SetUp() override {
        server.create_topic(topic_options(std::string(topic)).database("power").kind(topic_kind::stable));
        vgroup = server.vgroups(topic)[0];
        for (std::uint64_t row = 0; row < rows; ++row)
            append(row, 1, 1, 1);
    }
    static constexpr std::uint64_t rows = 60;
    std::int32_t vgroup = 0;

    std::optional<std::int64_t> committed() const { return server.committed("group", topic, vgroup); }
    asio::awaitable<void> until_committed(std::int64_t offset) {
        co_await until([this, offset] { return committed() == offset; });
    }
    asio::awaitable<std::int64_t> take_one(tmq::consumer& consumer) {
        message received;
        const bool got = co_await consumer.poll(received, 5s);
        EXPECT_TRUE(got);
        co_return got ? received.next_offset().value() : -1;
    }
};

TEST_F(commit, by_itself_never_goes_ahead_of_the_application) {
    const config changed_settings = reconnecting().auto_commit(true).auto_commit_interval(2ms).prefetch(8);
    run_subscribed(changed_settings, [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        std::int64_t before = 0;
        for (int i = 0; i < 10; ++i) {
            message received;
            EXPECT_TRUE(co_await consumer.poll(received, 5s));
            if (before != 0) co_await until_committed(before);
            // The message in the application's hands is not finished, however often the timer fires.
            const std::size_t commits = server.request_count("commit_offset");
            asio::steady_timer several_intervals(context, 10ms);
            co_await several_intervals.async_wait(asio::use_awaitable);
            EXPECT_EQ(server.request_count("commit_offset"), commits) << "nothing moved";
            EXPECT_EQ(committed().value_or(0), before);
            before = received.next_offset().value();
        }
    });
    EXPECT_EQ(committed(), 10) << "closing finishes what was delivered";
}

TEST_F(commit, by_itself_sends_one_request_for_each_vgroup_that_moved) {
    const config changed_settings = reconnecting().auto_commit(true).auto_commit_interval(1h);
    run_subscribed(changed_settings, [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        for (int i = 0; i < 30; ++i)
            co_await take_one(consumer);
        EXPECT_EQ(server.request_count("commit_offset"), 0U);
    });
    EXPECT_EQ(server.request_count("commit_offset"), 1U);
    EXPECT_EQ(committed(), 30);
}

TEST_F(commit, by_itself_is_done_when_unsubscribing) {
    tmq::consumer consumer(context, reconnecting().auto_commit(true).auto_commit_interval(1h));
    listen(consumer);
    run([&]() -> asio::awaitable<void> {
        co_await consumer.subscribe(topic);
        const std::int64_t reached = co_await take_one(consumer);
        co_await consumer.unsubscribe();
        EXPECT_EQ(committed(), reached);
        co_await consumer.close();
    });
}

TEST_F(commit, by_itself_is_not_done_when_it_is_switched_off) {
    const config changed_settings = reconnecting().auto_commit(false).auto_commit_interval(1ms);
    run_subscribed(changed_settings, [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        for (int i = 0; i < 5; ++i)
            co_await take_one(consumer);
    });
    EXPECT_EQ(committed(), std::nullopt);
}

TEST_F(commit, by_itself_goes_on_after_a_lost_connection) {
    const config changed_settings = reconnecting().auto_commit(true).auto_commit_interval(1ms);
    run_subscribed(changed_settings, [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        for (int i = 0; i < 5; ++i)
            co_await take_one(consumer);
        server.inject(fault::reset().on("commit_offset"));
        co_await take_one(consumer);
        co_await until_told<events::resumed>();
        co_await until_committed(5);
        EXPECT_EQ(said.count<events::commit_failed>(), 0U);
    });
    EXPECT_EQ(committed(), 6);
}

TEST_F(commit, by_itself_tells_what_the_server_refuses) {
    const config changed_settings = reconnecting().auto_commit(true).auto_commit_interval(1ms);
    run_subscribed(changed_settings, [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        server.inject(fault::error_reply(0x4007, "Offset out of range").on("commit_offset"));
        co_await take_one(consumer);
        message received;
        EXPECT_TRUE(co_await consumer.poll(received, 5s));
        co_await until_told<events::commit_failed>();
        const events::commit_failed* const failed = said.last<events::commit_failed>();
        EXPECT_EQ(failed->reason.code(), make_server_error(0x4007));
        EXPECT_EQ(failed->target, partition_offset(topic, vgroup, 1));
        // It is tried again.
        co_await until_committed(1);
    });
}

TEST_F(commit, a_consumer_that_closed_leaves_nothing_to_repeat) {
    std::vector<int> seen(rows);
    for (int consumers = 0; consumers < 3; ++consumers) {
        tmq::consumer consumer(context, reconnecting().auto_commit(true).prefetch(8));
        listen(consumer);
        run([&]() -> asio::awaitable<void> {
            co_await consumer.subscribe(topic);
            co_await read(consumer, seen, rows / 3);
            co_await consumer.close();
        });
    }
    EXPECT_EQ(count(seen), (delivery{rows, 0, 0}));
}

TEST_F(commit, closing_commits_on_a_connection_that_is_just_being_made) {
    tmq::consumer consumer(context, reconnecting().auto_commit(true).auto_commit_interval(1h));
    listen(consumer);
    run([&]() -> asio::awaitable<void> {
        co_await consumer.subscribe(topic);
        const std::int64_t reached = co_await take_one(consumer);
        server.reset_all();
        co_await until_told<events::disconnected>();
        co_await consumer.close();
        EXPECT_EQ(committed(), reached);
    });
}

TEST_F(commit, closing_commits_also_what_was_finished_while_an_older_commit_is_under_way) {
    tmq::consumer consumer(context, reconnecting().auto_commit(true).auto_commit_interval(1ms));
    listen(consumer);
    run([&]() -> asio::awaitable<void> {
        co_await consumer.subscribe(topic);
        server.inject(fault::delay(50ms).on("commit_offset"));
        co_await take_one(consumer);
        const std::int64_t reached = co_await take_one(consumer);
        co_await until([this] { return server.request_count("commit_offset") == 1; });
        co_await consumer.close();
        EXPECT_EQ(committed(), reached);
    });
}

TEST_F(commit, closing_does_not_wait_longer_than_it_may_for_a_server_that_is_gone) {
    tmq::consumer consumer(context,
                           reconnecting().auto_commit(true).auto_commit_interval(1h).close_timeout(50ms));
    listen(consumer);
    run([&]() -> asio::awaitable<void> {
        co_await consumer.subscribe(topic);
        co_await take_one(consumer);
        server.stop();
        const auto start = std::chrono::steady_clock::now();
        co_await consumer.close();
        EXPECT_LT(std::chrono::steady_clock::now() - start, 2s);
    });
    EXPECT_EQ(committed(), std::nullopt);
}

TEST_F(commit, without_waiting_joins_what_waits_for_one_vgroup_into_one_request) {
    run_subscribed(reconnecting(), [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        std::size_t done = 0;
        std::vector<message> taken(5);
        for (message& one : taken)
            EXPECT_TRUE(co_await consumer.poll(one, 5s));
        for (const message& one : taken)
            consumer.commit_async(one, [&done](const result<void>& outcome) {
                EXPECT_TRUE(outcome.has_value());
                ++done;
            });
        EXPECT_EQ(done, 0U) << "never from inside the call";
        co_await until([&done] { return done == 5; });
        EXPECT_EQ(committed(), 5);
        EXPECT_EQ(server.request_count("commit_offset"), 1U);
    });
}

TEST_F(commit, without_waiting_survives_a_lost_connection) {
    tmq::consumer consumer(context, reconnecting());
    listen(consumer);
    run([&]() -> asio::awaitable<void> {
        co_await consumer.subscribe(topic);
        message received;
        EXPECT_TRUE(co_await consumer.poll(received, 5s));
        for (const bool carried_out : {false, true})
            server.inject(fault::reset().on("commit_offset").carry_out(carried_out));
        std::optional<boost::system::error_code> outcome;
        consumer.commit_async(received, [&outcome](const result<void>& done) { outcome = code_of(done); });
        co_await until([&outcome] { return outcome.has_value(); });
        EXPECT_EQ(outcome, boost::system::error_code());
        EXPECT_EQ(committed(), received.next_offset().value());
        co_await consumer.close();
    });
    EXPECT_EQ(consumer.stats().reconnects, 2U);
}

TEST_F(commit, without_waiting_says_why_it_failed) {
    tmq::consumer consumer(context, reconnecting());
    listen(consumer);
    run([&]() -> asio::awaitable<void> {
        co_await consumer.subscribe(topic);
        message received;
        EXPECT_TRUE(co_await consumer.poll(received, 5s));
        server.inject(fault::error_reply(0x4007, "Offset out of range").on("commit_offset"));
        std::optional<boost::system::error_code> outcome;
        consumer.commit_async(received, [&outcome](const result<void>& done) { outcome = code_of(done); });
        co_await until([&outcome] { return outcome.has_value(); });
        EXPECT_EQ(outcome, make_server_error(0x4007));
        server.inject(fault::error_reply(0x4007, "Offset out of range").on("commit_offset"));
        consumer.commit_async(received);
        co_await until_told<events::commit_failed>();
        outcome.reset();
        server.inject(fault::stall().on("commit_offset"));
        consumer.commit_async(received, [&outcome](const result<void>& done) { outcome = code_of(done); });
        consumer.disconnect();
        co_await until([&outcome] { return outcome.has_value(); });
        EXPECT_EQ(outcome, asio::error::operation_aborted);
    });
}

TEST_F(commit, stops_at_the_first_message_that_is_not_acknowledged) {
    tmq::consumer consumer(
        context,
        reconnecting().acknowledge(acknowledge_mode::by_hand).auto_commit(true).auto_commit_interval(1ms));
    listen(consumer);
    run([&]() -> asio::awaitable<void> {
        co_await consumer.subscribe(topic);
        std::vector<message> taken(4);
        for (message& one : taken)
            EXPECT_TRUE(co_await consumer.poll(one, 5s));
        consumer.acknowledge(taken[2]);
        consumer.acknowledge(taken[1]);
        co_await consumer.commit();
        EXPECT_EQ(committed(), std::nullopt) << "the first one is not finished";
        consumer.acknowledge(taken[0]);
        co_await until_committed(3);
        consumer.acknowledge(taken[0]);
        consumer.acknowledge(taken[3]);
        co_await consumer.close();
        EXPECT_EQ(committed(), 4);
    });
}

TEST_F(commit, leaves_what_was_not_acknowledged_when_closing) {
    tmq::consumer consumer(context, reconnecting().acknowledge(acknowledge_mode::by_hand).auto_commit(true));
    listen(consumer);
    run([&]() -> asio::awaitable<void> {
        co_await consumer.subscribe(topic);
        message received;
        for (int i = 0; i < 3; ++i) {
            EXPECT_TRUE(co_await consumer.poll(received, 5s));
            if (i != 1) consumer.acknowledge(received);
        }
        co_await consumer.close();
    });
    EXPECT_EQ(committed(), 1);
}

TEST_F(commit, acknowledging_is_refused_where_poll_does_it) {
    run_subscribed(reconnecting(), [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        message received;
        EXPECT_TRUE(co_await consumer.poll(received, 5s));
        EXPECT_THROW(consumer.acknowledge(received), error);
    });
}

}  // namespace
}  // namespace tmq::test
