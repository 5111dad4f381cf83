// The first connection: what breaks it half-way is tried again, what shows a wrong setting fails at once. And
// how long a lost one is tried again.
#include "reconnecting.hpp"

namespace tmq::test {
namespace {

class first_connection : public reconnecting_e2e {
  protected:
    void SetUp() override {
        create_topic();
        append(0, rows, 10, 1);
    }
    static constexpr std::uint64_t rows = 50;
    std::vector<int> seen = std::vector<int>(rows);

    /// `opened`: how many WebSockets.
    void expect_second_try(std::size_t opened = 2) {
        tmq::consumer consumer(context, reconnecting().handshake_timeout(300ms).request_timeout(500ms));
        listen(consumer);
        run([&]() -> asio::awaitable<void> {
            co_await consumer.subscribe(topic);
            co_await read(consumer, seen, rows);
            co_await consumer.close();
        });
        EXPECT_EQ(count(seen), (delivery{rows, 0, 0}));
        EXPECT_EQ(server.accepted_count(), opened);
        EXPECT_EQ(said.count<events::reconnecting>(), 1U) << said.kinds();
    }
};

TEST_F(first_connection, that_is_reset_during_the_upgrade_is_tried_again) {
    server.inject(fault::reset().on("upgrade"));
    expect_second_try(1);
}
TEST_F(first_connection, that_is_closed_during_the_upgrade_is_tried_again) {
    server.inject(fault::close().on("upgrade"));
    expect_second_try(1);
}
TEST_F(first_connection, whose_upgrade_is_late_is_tried_again) {
    server.inject(fault::stall().on("upgrade"));
    expect_second_try(1);
}
TEST_F(first_connection, whose_upgrade_is_cut_off_is_tried_again) {
    server.inject(fault::partial(20).on("upgrade"));
    expect_second_try(1);
}
TEST_F(first_connection, that_is_reset_under_the_subscribe_is_tried_again) {
    server.inject(fault::reset().on("subscribe"));
    expect_second_try();
}
TEST_F(first_connection, that_is_closed_behind_the_subscribe_is_tried_again) {
    server.inject(fault::close().on("subscribe").carry_out());
    expect_second_try();
}
TEST_F(first_connection, whose_subscribe_is_late_is_tried_again) {
    server.inject(fault::stall().on("subscribe"));
    expect_second_try();
}

TEST_F(first_connection, that_breaks_is_not_tried_again_without_reconnect) {
    server.inject(fault::reset().on("subscribe"));
    tmq::consumer consumer(context, settings());
    listen(consumer);
    run([&]() -> asio::awaitable<void> {
        const boost::system::error_code why = co_await error_of(consumer.subscribe(topic));
        EXPECT_EQ(why, errc::connection_lost);
    });
    EXPECT_EQ(server.accepted_count(), 1U);
}

TEST_F(first_connection, that_breaks_again_and_again_fails_when_its_time_is_up) {
    server.inject(fault::reset().on("subscribe").times(100'000));
    tmq::consumer consumer(context, reconnecting().reconnect_for(200ms));
    listen(consumer);
    run([&]() -> asio::awaitable<void> {
        const boost::system::error_code why = co_await error_of(consumer.subscribe(topic));
        EXPECT_EQ(why, errc::connection_lost);
    });
    EXPECT_GE(server.accepted_count(), 3U);
}

TEST_F(first_connection, with_a_wrong_password_fails_at_once) {
    tmq::consumer consumer(context, reconnecting().credentials("root", "wrong"));
    listen(consumer);
    run([&]() -> asio::awaitable<void> {
        const boost::system::error_code why = co_await error_of(consumer.subscribe(topic));
        EXPECT_EQ(why, make_server_error(0xFFFF));
    });
    EXPECT_EQ(server.accepted_count(), 1U);
}

TEST_F(first_connection, to_a_port_that_refuses_fails_at_once) {
    server.stop();
    tmq::consumer consumer(context, reconnecting());
    listen(consumer);
    run([&]() -> asio::awaitable<void> {
        const boost::system::error_code why = co_await error_of(consumer.subscribe(topic));
        EXPECT_EQ(why, boost::system::errc::connection_refused);
    });
    EXPECT_EQ(said.count<events::reconnecting>(), 0U);
}

TEST_F(first_connection, whose_group_is_rebalancing_is_tried_again) {
    server.inject(fault::error_reply(0x03EF, "rebalancing").on("subscribe"));
    expect_second_try();
}

class lost_connection : public first_connection {};

TEST_F(lost_connection, is_tried_again_without_a_limit_by_default) {
    config how = settings().reconnect(true).reconnect_interval(1ms).reconnect_max_interval(2ms);
    tmq::consumer consumer(context, how);
    listen(consumer);
    run([&]() -> asio::awaitable<void> {
        co_await consumer.subscribe(topic);
        co_await read(consumer, seen, rows);
        server.stop();
        message received;
        while (said.count<events::reconnecting>() < 100) {
            const bool got = co_await consumer.poll(received, 10ms);
            EXPECT_FALSE(got);
        }
        server.start();
        append(rows, 10, 10, 1);
        seen.resize(rows + 10);
        co_await read(consumer, seen, 10);
        co_await consumer.close();
    });
    EXPECT_EQ(count(seen), (delivery{rows + 10, 0, 0}));
}

TEST_F(lost_connection, is_given_up_when_its_time_is_up) {
    tmq::consumer consumer(context, reconnecting().reconnect_for(100ms));
    listen(consumer);
    run([&]() -> asio::awaitable<void> {
        co_await consumer.subscribe(topic);
        co_await read(consumer, seen, rows);
        server.stop();
        message received;
        boost::system::error_code why;
        const auto deadline = std::chrono::steady_clock::now() + 10s;
        while (!why && std::chrono::steady_clock::now() < deadline) {
            const auto got = co_await consumer.try_poll(received, 10ms);
            if (got.has_error()) why = got.error().code();
        }
        EXPECT_EQ(why, boost::system::errc::connection_refused);
        EXPECT_GE(said.count<events::reconnecting>(), 3U);
    });
}

}  // namespace
}  // namespace tmq::test
