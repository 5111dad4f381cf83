#include "e2e.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

namespace tmq::test {
namespace {

class poll : public e2e {
  protected:
    void SetUp() override { create_topic(); }

    /// Spawns a poll that stays waiting on the server, and returns once it does.
    struct pending_poll {
        message received;
        bool finished = false;
        bool result = false;
        boost::system::error_code code;
        asio::cancellation_signal cancel;
    };
    void start(tmq::consumer& consumer, pending_poll& poll, std::chrono::milliseconds timeout) {
        asio::co_spawn(
            context,
            [](tmq::consumer& from, pending_poll& state,
               std::chrono::milliseconds wait) -> asio::awaitable<void> {
                const result<bool> got = co_await from.try_poll(state.received, wait);
                if (got.has_value())
                    state.result = *got;
                else
                    state.code = got.error().code();
                state.finished = true;
            }(consumer, poll, timeout),
            asio::bind_cancellation_slot(poll.cancel.slot(), asio::detached));
    }
};

TEST_F(poll, returns_false_in_time_when_there_is_nothing) {
    run_subscribed([&](tmq::consumer& consumer) -> asio::awaitable<void> {
        message received;
        for (const auto timeout : {0ms, 1ms, 50ms, 700ms}) {
            const auto start = std::chrono::steady_clock::now();
            EXPECT_FALSE(co_await consumer.poll(received, timeout));
            const auto elapsed = std::chrono::steady_clock::now() - start;
            EXPECT_GE(elapsed, timeout);
            EXPECT_LT(elapsed, timeout + 2s);
        }
    });
}

TEST_F(poll, a_poll_of_zero_time_gets_the_message_that_an_earlier_one_asked_for) {
    append(0, 10);
    run_subscribed([&](tmq::consumer& consumer) -> asio::awaitable<void> {
        message received;
        const auto deadline = std::chrono::steady_clock::now() + 10s;
        bool got = false;
        while (!got && std::chrono::steady_clock::now() < deadline)
            got = co_await consumer.poll(received, 0ms);
        EXPECT_TRUE(got);
    });
}

TEST_F(poll, a_waiting_poll_gets_a_row_as_soon_as_it_arrives) {
    run_subscribed([&](tmq::consumer& consumer) -> asio::awaitable<void> {
        pending_poll waiting;
        start(consumer, waiting, 20s);
        co_await until_polls_wait(1);
        append(0, 1);
        co_await until([&] { return waiting.finished; });
        EXPECT_TRUE(waiting.result);
        EXPECT_EQ(waiting.received.row_count(), 1U);
    });
}

TEST_F(poll, a_cancelled_poll_leaves_its_message_to_the_next_one) {
    std::vector<int> seen(1);
    run_subscribed([&](tmq::consumer& consumer) -> asio::awaitable<void> {
        pending_poll waiting;
        start(consumer, waiting, 20s);
        co_await until_polls_wait(1);
        waiting.cancel.emit(asio::cancellation_type::terminal);
        co_await until([&] { return waiting.finished; });
        EXPECT_EQ(waiting.code, asio::error::operation_aborted);

        append(0, 1);
        message received;
        EXPECT_TRUE(co_await consumer.poll(received, 5s));
        check_rows(received, meters, seen);
        // The connection was kept, and the poll that was under way answered.
        EXPECT_EQ(server.accepted_count(), 1U);
    });
    EXPECT_EQ(count(seen), (delivery{1, 0, 0}));
}

TEST_F(poll, a_poll_cancelled_while_its_message_is_fetched_leaves_it_to_the_next_one) {
    append(0, 1);
    server.inject(fault::delay(100ms).on("fetch_raw_data"));
    std::vector<int> seen(1);
    run_subscribed([&](tmq::consumer& consumer) -> asio::awaitable<void> {
        pending_poll waiting;
        start(consumer, waiting, 20s);
        co_await until([&] { return server.request_count("fetch_raw_data") != 0; });
        waiting.cancel.emit(asio::cancellation_type::terminal);
        co_await until([&] { return waiting.finished; });
        EXPECT_EQ(waiting.code, asio::error::operation_aborted);
        message received;
        EXPECT_TRUE(co_await consumer.poll(received, 5s));
        check_rows(received, meters, seen);
        EXPECT_FALSE(co_await consumer.poll(received, 50ms));
    });
    EXPECT_EQ(count(seen), (delivery{1, 0, 0}));
    EXPECT_EQ(server.request_count("fetch_raw_data"), 1U);
}

TEST_F(poll, a_poll_that_times_out_leaves_its_message_to_the_next_one) {
    append(0, 1);
    server.inject(fault::delay(200ms).on("poll"));
    std::vector<int> seen(1);
    run_subscribed([&](tmq::consumer& consumer) -> asio::awaitable<void> {
        message received;
        EXPECT_FALSE(co_await consumer.poll(received, 10ms));
        EXPECT_TRUE(co_await consumer.poll(received, 5s));
        check_rows(received, meters, seen);
    });
    EXPECT_EQ(count(seen), (delivery{1, 0, 0}));
}

TEST_F(poll, a_second_poll_at_the_same_time_is_refused) {
    run_subscribed([&](tmq::consumer& consumer) -> asio::awaitable<void> {
        pending_poll waiting;
        start(consumer, waiting, 20s);
        co_await until_polls_wait(1);
        message received;
        EXPECT_EQ(co_await error_of(consumer.poll(received, 1s)), errc::operation_in_progress);
        append(0, 1);
        co_await until([&] { return waiting.finished; });
        EXPECT_TRUE(waiting.result);
    });
}

TEST_F(poll, a_commit_goes_between_the_slices_of_a_waiting_poll) {
    append(0, 1);
    config sliced = settings();
    sliced.poll_slice(100ms);
    run_subscribed(sliced, [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        message received;
        EXPECT_TRUE(co_await consumer.poll(received, 5s));
        pending_poll waiting;
        start(consumer, waiting, 20s);
        co_await until_polls_wait(1);
        const auto begin = std::chrono::steady_clock::now();
        co_await consumer.commit(received);
        EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
        EXPECT_EQ(server.committed("group", topic, received.vgroup()), received.next_offset().value());
        EXPECT_FALSE(waiting.finished);
        append(1, 1);
        co_await until([&] { return waiting.finished; });
        EXPECT_TRUE(waiting.result);
    });
}

TEST_F(poll, a_ping_of_the_server_is_answered_while_a_poll_waits) {
    run_subscribed([&](tmq::consumer& consumer) -> asio::awaitable<void> {
        pending_poll waiting;
        start(consumer, waiting, 20s);
        co_await until_polls_wait(1);
        server.ping_all();
        co_await until([&] { return server.pong_count() != 0; });
        EXPECT_EQ(server.pong_count(), 1U);
        append(0, 1);
        co_await until([&] { return waiting.finished; });
        EXPECT_TRUE(waiting.result);
    });
}

}  // namespace
}  // namespace tmq::test
