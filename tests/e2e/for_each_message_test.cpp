#include "e2e.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>

#include <memory>
#include <stdexcept>

namespace tmq::test {
namespace {

class for_each : public e2e {
  protected:
    for_each() {
        create_topic();
        append(0, 30, 10, 1);
    }
    config auto_committing() const {
        config changed = settings();
        changed.auto_commit(true).auto_commit_interval(1h);
        return changed;
    }
    std::optional<std::int64_t> committed() const {
        return server.committed("group", topic, server.vgroups(topic)[0]);
    }
};

TEST_F(for_each, calls_a_plain_function_for_every_message_until_the_consumer_is_closed) {
    run_subscribed(auto_committing(), [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        std::vector<int> seen(30);
        bool is_done = false;
        asio::co_spawn(
            context,
            for_each_message(consumer, [&](const message& received) { check_rows(received, meters, seen); }),
            [&](std::exception_ptr failure) {
                EXPECT_EQ(failure, nullptr);
                is_done = true;
            });
        co_await until([&] { return count(seen).delivered == 30; });
        co_await consumer.close();
        co_await until([&] { return is_done; });
        EXPECT_EQ(count(seen), (delivery{30, 0, 0}));
    });
    EXPECT_EQ(committed(), server.end_offset(topic, server.vgroups(topic)[0]));
}

TEST_F(for_each, a_stop_lets_the_handler_finish_and_its_message_is_the_last) {
    run([&]() -> asio::awaitable<void> {
        tmq::consumer consumer(context, auto_committing());
        asio::cancellation_signal stop;
        std::int64_t finished = -1;
        bool is_done = false;
        const auto handler = [&](const message& received) -> asio::awaitable<void> {
            const std::int64_t end = *received.next_offset();
            stop.emit(asio::cancellation_type::terminal);
            co_await tick();
            co_await tick();
            finished = end;
        };
        const auto work = [&]() -> asio::awaitable<void> {
            co_await consumer.subscribe(topic);
            co_await for_each_message(consumer, handler);
            co_await consumer.close();
        };
        asio::co_spawn(context, work(),
                       asio::bind_cancellation_slot(stop.slot(), [&](std::exception_ptr failure) {
                           EXPECT_EQ(failure, nullptr);
                           is_done = true;
                       }));
        co_await until([&] { return is_done; });
        EXPECT_GE(finished, 0);
        EXPECT_EQ(committed(), finished) << "the handled message, and none after it";
    });
}

TEST_F(for_each, a_stop_ends_the_wait_for_a_message) {
    run([&]() -> asio::awaitable<void> {
        tmq::consumer consumer(context, auto_committing());
        asio::cancellation_signal stop;
        std::vector<int> seen(30);
        bool is_done = false;
        const auto work = [&]() -> asio::awaitable<void> {
            co_await consumer.subscribe(topic);
            co_await for_each_message(consumer,
                                      [&](const message& received) { check_rows(received, meters, seen); });
            co_await consumer.close();
        };
        asio::co_spawn(context, work(),
                       asio::bind_cancellation_slot(stop.slot(), [&](std::exception_ptr failure) {
                           EXPECT_EQ(failure, nullptr);
                           is_done = true;
                       }));
        co_await until([&] { return count(seen).delivered == 30; });
        co_await until_polls_wait(1);
        stop.emit(asio::cancellation_type::terminal);
        co_await until([&] { return is_done; });
        EXPECT_EQ(committed(), server.end_offset(topic, server.vgroups(topic)[0]));
        EXPECT_EQ(server.request_count("unsubscribe"), 1U);
    });
}

TEST_F(for_each, cancel_stops_it_too) {
    run_subscribed(auto_committing(), [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        int calls = 0;
        co_await for_each_message(consumer, [&](const message&) {
            if (++calls == 3) asio::post(context, [&] { consumer.cancel(); });
        });
        EXPECT_EQ(calls, 3);
    });
}

TEST_F(for_each, a_handler_that_throws_ends_it_and_its_message_is_not_committed) {
    run([&]() -> asio::awaitable<void> {
        tmq::consumer consumer(context, auto_committing());
        co_await consumer.subscribe(topic);
        std::int64_t handled = -1;
        std::string reason;
        try {
            co_await for_each_message(consumer, [&](const message& received) {
                if (handled >= 0) throw std::runtime_error("store is full");
                handled = *received.next_offset();
            });
        } catch (const std::runtime_error& failure) {
            reason = failure.what();
        }
        EXPECT_EQ(reason, "store is full");
        co_await consumer.close();
        EXPECT_EQ(committed(), handled);
    });
}

TEST_F(for_each, errors_of_the_consumer_end_it) {
    run_subscribed([&](tmq::consumer& consumer) -> asio::awaitable<void> {
        co_await consumer.unsubscribe();
        EXPECT_EQ(co_await error_of(for_each_message(consumer, [](const message&) {})), errc::not_subscribed);
    });
}

TEST_F(for_each, takes_a_handler_that_can_only_be_moved) {
    run_subscribed([&](tmq::consumer& consumer) -> asio::awaitable<void> {
        std::uint64_t total = 0;
        auto handler = [&, step = std::make_unique<int>(1)](const message& received) {
            total += received.row_count() * static_cast<std::uint64_t>(*step);
            if (total == 30) asio::post(context, [&] { consumer.cancel(); });
        };
        co_await for_each_message(consumer, std::move(handler));
        EXPECT_EQ(total, 30U);
    });
}

}  // namespace
}  // namespace tmq::test
