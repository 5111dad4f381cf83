#include "e2e.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

namespace tmq::test {
namespace {

class lifecycle : public e2e {
  protected:
    void SetUp() override { create_topic(2); }
};

TEST_F(lifecycle, everything_but_subscribe_needs_a_subscription) {
    run([&]() -> asio::awaitable<void> {
        auto consumer = make_consumer();
        message received;
        EXPECT_EQ(co_await error_of(consumer.poll(received, 1s)), errc::not_subscribed);
        EXPECT_EQ(co_await error_of(consumer.commit(received)), errc::not_subscribed);
        EXPECT_EQ(co_await error_of(consumer.unsubscribe()), errc::not_subscribed);
        EXPECT_EQ(co_await error_of(consumer.assignment()), errc::not_subscribed);
        EXPECT_EQ(server.accepted_count(), 0U);
    });
}

TEST_F(lifecycle, subscribe_is_refused_before_anything_is_sent_when_it_cannot_work) {
    run([&]() -> asio::awaitable<void> {
        tmq::consumer nameless(context, config(server.url()));
        EXPECT_EQ(co_await error_of(nameless.subscribe(topic)), errc::invalid_argument);
        auto consumer = make_consumer();
        EXPECT_EQ(co_await error_of(consumer.subscribe("")), errc::invalid_argument);
        EXPECT_EQ(co_await error_of(consumer.subscribe(std::string(193, 't'))), errc::invalid_argument);
        std::vector<std::string> none;
        EXPECT_EQ(co_await error_of(consumer.subscribe(none)), errc::invalid_argument);
        EXPECT_EQ(server.accepted_count(), 0U);
    });
}

TEST_F(lifecycle, a_refused_subscribe_says_what_the_server_said_and_may_be_tried_again) {
    run([&]() -> asio::awaitable<void> {
        auto consumer = make_consumer();
        try {
            co_await consumer.subscribe("no_such_topic");
            ADD_FAILURE() << "accepted";
        } catch (const error& why) {
            EXPECT_EQ(why.code(), make_server_error(0x03E1));
            EXPECT_EQ(why.server_message(), "Topic not exist");
            EXPECT_EQ(why.action(), "subscribe");
            EXPECT_NE(why.req_id(), 0U);
            EXPECT_FALSE(why.is_retriable());
            EXPECT_EQ(why.kind(), error_kind::server);
        }
        co_await consumer.subscribe(topic);
        append(0, 1);
        message received;
        EXPECT_TRUE(co_await consumer.poll(received, 5s));
        co_await consumer.close();
    });
}

TEST_F(lifecycle, a_wrong_password_is_refused_by_the_server) {
    config wrong = settings();
    wrong.credentials("root", "hunter2");
    run([&]() -> asio::awaitable<void> {
        tmq::consumer consumer(context, wrong);
        try {
            co_await consumer.subscribe(topic);
            ADD_FAILURE() << "accepted";
        } catch (const error& why) {
            EXPECT_EQ(why.code(), make_server_error(0xFFFF));
            EXPECT_EQ(why.server_message(), "init tscObj failed");
            EXPECT_EQ(std::string_view(why.what()).find("hunter2"), std::string_view::npos);
            EXPECT_NE(std::string_view(why.what()).find("wrong password, unknown user"),
                      std::string_view::npos)
                << why.what();
        }
    });
}

TEST_F(lifecycle, a_second_subscribe_is_refused_until_unsubscribe) {
    run([&]() -> asio::awaitable<void> {
        auto consumer = make_consumer();
        co_await consumer.subscribe(topic);
        EXPECT_EQ(co_await error_of(consumer.subscribe(topic)), errc::already_subscribed);
        EXPECT_EQ(server.member_count("group"), 1U);
        co_await consumer.unsubscribe();
        EXPECT_EQ(server.member_count("group"), 0U);
        message received;
        EXPECT_EQ(co_await error_of(consumer.poll(received, 1s)), errc::not_subscribed);
        co_await consumer.subscribe(topic);
        append(0, 1);
        EXPECT_TRUE(co_await consumer.poll(received, 5s));
        // All on one connection.
        EXPECT_EQ(server.accepted_count(), 1U);
        co_await consumer.close();
    });
}

TEST_F(lifecycle, a_message_that_was_not_taken_before_unsubscribe_is_delivered_after_it) {
    append(0, 1);
    server.inject(fault::delay(50ms).on("fetch_raw_data"));
    std::vector<int> seen(1);
    run([&]() -> asio::awaitable<void> {
        auto consumer = make_consumer();
        co_await consumer.subscribe(topic);
        message received;
        EXPECT_FALSE(co_await consumer.poll(received, 10ms));
        co_await consumer.unsubscribe();
        co_await consumer.subscribe(topic);
        EXPECT_TRUE(co_await consumer.poll(received, 5s));
        check_rows(received, meters, seen);
        EXPECT_FALSE(co_await consumer.poll(received, 50ms));
        co_await consumer.close();
    });
    EXPECT_EQ(count(seen), (delivery{1, 0, 0}));
}

TEST_F(lifecycle, close_leaves_the_group_and_the_server) {
    run([&]() -> asio::awaitable<void> {
        auto consumer = make_consumer();
        co_await consumer.subscribe(topic);
        EXPECT_EQ(consumer.server_version(), "3.3.5.8");
        co_await consumer.close();
        EXPECT_EQ(server.request_count("unsubscribe"), 1U);
        EXPECT_TRUE(server.await_connections(0));
        EXPECT_EQ(co_await error_of(consumer.subscribe(topic)), errc::closed);
        message received;
        EXPECT_EQ(co_await error_of(consumer.poll(received, 1s)), errc::closed);
        co_await consumer.close();
    });
    // Nothing is left to run: no reader, no timer.
    context.restart();
    context.run_for(5s);
    EXPECT_TRUE(context.stopped());
}

TEST_F(lifecycle, a_consumer_that_never_connected_closes_too) {
    run([&]() -> asio::awaitable<void> {
        auto consumer = make_consumer();
        co_await consumer.close();
    });
}

TEST_F(lifecycle, cancel_ends_a_waiting_poll_and_subscribe_makes_a_new_connection) {
    run([&]() -> asio::awaitable<void> {
        auto consumer = make_consumer();
        co_await consumer.subscribe(topic);
        boost::system::error_code code;
        bool finished = false;
        message received;
        auto waiting = [&]() -> asio::awaitable<void> {
            code = co_await error_of(consumer.poll(received, 20s));
            finished = true;
        };
        asio::co_spawn(context, waiting(), asio::detached);
        co_await until_polls_wait(1);
        consumer.disconnect();
        co_await until([&] { return finished; });
        EXPECT_EQ(code, asio::error::operation_aborted);
        EXPECT_TRUE(server.await_connections(0));
        co_await consumer.subscribe(topic);
        append(0, 1);
        EXPECT_TRUE(co_await consumer.poll(received, 5s));
        EXPECT_EQ(server.accepted_count(), 2U);
        co_await consumer.close();
    });
}

TEST_F(lifecycle, a_poll_that_cancel_ends_says_so_although_another_coroutine_subscribes_at_once) {
    run([&]() -> asio::awaitable<void> {
        auto consumer = make_consumer();
        co_await consumer.subscribe(topic);
        boost::system::error_code code;
        bool finished = false;
        message received;
        auto waiting = [&]() -> asio::awaitable<void> {
            code = co_await error_of(consumer.poll(received, 20s));
            finished = true;
        };
        asio::co_spawn(context, waiting(), asio::detached);
        co_await until_polls_wait(1);
        consumer.disconnect();
        co_await consumer.subscribe(topic);
        co_await until([&] { return finished; });
        EXPECT_EQ(code, asio::error::operation_aborted);
        append(0, 1);
        EXPECT_TRUE(co_await consumer.poll(received, 5s));
        co_await consumer.close();
    });
}

TEST_F(lifecycle, subscribe_during_unsubscribe_is_refused_and_nothing_breaks) {
    server.inject(fault::delay(100ms).on("unsubscribe"));
    run([&]() -> asio::awaitable<void> {
        auto consumer = make_consumer();
        co_await consumer.subscribe(topic);
        boost::system::error_code code = errc::invalid_argument;
        bool finished = false;
        auto leave = [&]() -> asio::awaitable<void> {
            code = co_await error_of(consumer.unsubscribe());
            finished = true;
        };
        asio::co_spawn(context, leave(), asio::detached);
        EXPECT_EQ(co_await error_of(consumer.subscribe(topic)), errc::operation_in_progress);
        co_await until([&] { return finished; });
        EXPECT_EQ(code, boost::system::error_code());
        co_await consumer.subscribe(topic);
        append(0, 1);
        message received;
        EXPECT_TRUE(co_await consumer.poll(received, 5s));
        co_await consumer.close();
    });
}

TEST_F(lifecycle, an_unsubscribe_that_was_cancelled_leaves_the_next_connection_alone) {
    server.inject(fault::stall().on("unsubscribe"));
    run([&]() -> asio::awaitable<void> {
        auto consumer = make_consumer();
        co_await consumer.subscribe(topic);
        boost::system::error_code code;
        bool finished = false;
        auto leave = [&]() -> asio::awaitable<void> {
            code = co_await error_of(consumer.unsubscribe());
            finished = true;
        };
        asio::co_spawn(context, leave(), asio::detached);
        co_await until([&] { return server.request_count("unsubscribe") != 0; });
        consumer.disconnect();
        co_await consumer.subscribe(topic);
        EXPECT_TRUE(finished);
        EXPECT_EQ(code, asio::error::operation_aborted);
        append(0, 1);
        message received;
        EXPECT_TRUE(co_await consumer.poll(received, 5s));
        co_await consumer.close();
    });
}

TEST_F(lifecycle, timeouts_without_a_limit_are_a_year) {
    config patient = settings();
    constexpr auto for_ever = std::chrono::milliseconds::max();
    patient.connect_timeout(for_ever).request_timeout(for_ever).close_timeout(for_ever);
    append(0, 1);
    run_subscribed(patient, [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        message received;
        EXPECT_TRUE(co_await consumer.poll(received, for_ever));
    });
}

TEST_F(lifecycle, destroying_a_consumer_ends_its_waiting_poll) {
    boost::system::error_code code;
    run([&]() -> asio::awaitable<void> {
        auto consumer = std::make_unique<tmq::consumer>(make_consumer());
        co_await consumer->subscribe(topic);
        bool finished = false;
        message received;
        auto waiting = [&]() -> asio::awaitable<void> {
            code = co_await error_of(consumer->poll(received, 20s));
            finished = true;
        };
        asio::co_spawn(context, waiting(), asio::detached);
        co_await until_polls_wait(1);
        consumer.reset();
        co_await until([&] { return finished; });
    });
    EXPECT_EQ(code, errc::closed);
    EXPECT_TRUE(server.await_connections(0));
}

TEST_F(lifecycle, a_context_that_is_destroyed_with_everything_under_way_leaks_nothing) {
    // Under AddressSanitizer this is a leak test: frames, buffers and sockets die with the context.
    auto local = std::make_unique<asio::io_context>(1);
    auto consumer = std::make_unique<tmq::consumer>(*local, settings());
    bool polling = false;
    auto work = [&]() -> asio::awaitable<void> {
        co_await consumer->subscribe(topic);
        message received;
        polling = true;
        co_await consumer->poll(received, 20s);
    };
    asio::co_spawn(*local, work(), asio::detached);
    while (server.waiting_polls() == 0)
        local->run_one_for(10ms);
    EXPECT_TRUE(polling);
    consumer.reset();
    local.reset();
    EXPECT_TRUE(server.await_connections(0));
}

}  // namespace
}  // namespace tmq::test
