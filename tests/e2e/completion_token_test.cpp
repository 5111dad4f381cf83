// Every completion token of Asio, executors of all kinds, and the same operation from other executors.
#include "e2e.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_future.hpp>
#if __has_include(<boost/asio/cancel_after.hpp>)
#include <boost/asio/cancel_after.hpp>
#endif

#include <future>
#include <thread>

namespace tmq::test {
namespace {

using namespace asio::experimental::awaitable_operators;

class completion_token : public e2e {
  protected:
    completion_token() {
        create_topic();
        append(0, 10);
    }
};

TEST_F(completion_token, deferred_starts_the_operation_when_awaited) {
    run_subscribed([&](tmq::consumer& consumer) -> asio::awaitable<void> {
        message received;
        auto operation = asio::co_spawn(consumer.get_executor(), consumer.poll(received, 5s), asio::deferred);
        co_await tick();
        EXPECT_TRUE(received.empty());
        auto [thrown, has_message] = co_await std::move(operation)(asio::as_tuple(asio::use_awaitable));
        EXPECT_EQ(thrown, nullptr);
        EXPECT_TRUE(has_message);
        EXPECT_FALSE(received.empty());
    });
}

TEST_F(completion_token, as_tuple_gives_the_exception_instead_of_throwing_it) {
    run_subscribed([&](tmq::consumer& consumer) -> asio::awaitable<void> {
        partition_offset outside(topic, server.vgroups(topic)[0], 1'000'000);
        auto [thrown] = co_await asio::co_spawn(consumer.get_executor(), consumer.seek(std::move(outside)),
                                                asio::as_tuple(asio::use_awaitable));
        EXPECT_TRUE(thrown != nullptr);
        try {
            std::rethrow_exception(thrown);
        } catch (const error& refused) {
            EXPECT_EQ(refused.code(), server_errc::offset_out_of_range);
        }
    });
}

TEST_F(completion_token, a_callback_gets_exception_and_result) {
    run_subscribed([&](tmq::consumer& consumer) -> asio::awaitable<void> {
        message received;
        bool has_message = false;
        bool is_done = false;
        asio::co_spawn(consumer.get_executor(), consumer.poll(received, 5s),
                       [&](std::exception_ptr thrown, bool result) {
                           EXPECT_EQ(thrown, nullptr);
                           has_message = result;
                           is_done = true;
                       });
        co_await until([&] { return is_done; });
        EXPECT_TRUE(has_message);
    });
}

TEST_F(completion_token, use_future_serves_a_thread_that_blocks) {
    asio::thread_pool pool(1);
    tmq::consumer consumer(pool, settings());
    const auto executor = consumer.get_executor();
    asio::co_spawn(executor, consumer.subscribe(topic), asio::use_future).get();
    message received;
    EXPECT_TRUE(asio::co_spawn(executor, consumer.poll(received, 5s), asio::use_future).get());
    EXPECT_FALSE(received.empty());
    asio::co_spawn(executor, consumer.close(), asio::use_future).get();
    pool.join();
}

TEST_F(completion_token, a_bound_cancellation_slot_cancels_the_operation) {
    append(10, 1);
    run_subscribed([&](tmq::consumer& consumer) -> asio::awaitable<void> {
        message received;
        while (co_await consumer.poll(received, 50ms)) {
        }
        asio::cancellation_signal stop;
        boost::system::error_code code;
        asio::co_spawn(
            consumer.get_executor(), error_of(consumer.poll(received)),
            asio::bind_cancellation_slot(
                stop.slot(), [&](std::exception_ptr, boost::system::error_code ec) { code = ec; }));
        co_await until_polls_wait(1);
        stop.emit(asio::cancellation_type::terminal);
        co_await until([&] { return code.failed(); });
        EXPECT_EQ(code, asio::error::operation_aborted);
    });
}

TEST_F(completion_token, operators_race_a_poll_against_a_timer) {
    run_subscribed([&](tmq::consumer& consumer) -> asio::awaitable<void> {
        message received;
        while (co_await consumer.poll(received, 50ms)) {
        }
        asio::steady_timer timer(context, 50ms);
        const auto first = co_await (consumer.poll(received) || timer.async_wait(asio::use_awaitable));
        EXPECT_EQ(first.index(), 1U);
        append(10, 1);
        timer.expires_after(10s);
        const auto second = co_await (consumer.poll(received) || timer.async_wait(asio::use_awaitable));
        EXPECT_EQ(second.index(), 0U);
        EXPECT_EQ(received.row_count(), 1U);
        EXPECT_EQ(server.accepted_count(), 1U);
    });
}

#if __has_include(<boost/asio/cancel_after.hpp>)
TEST_F(completion_token, cancel_after_limits_any_operation) {
    run_subscribed([&](tmq::consumer& consumer) -> asio::awaitable<void> {
        message received;
        EXPECT_TRUE(co_await consumer.poll(received, 5s));
        boost::system::error_code code;
        try {
            co_await asio::co_spawn(consumer.get_executor(), consumer.poll(received),
                                    asio::cancel_after(50ms, asio::use_awaitable));
        } catch (const boost::system::system_error& failure) {
            code = failure.code();
        }
        EXPECT_EQ(code, asio::error::operation_aborted);
    });
}
#endif

TEST_F(completion_token, an_already_cancelled_coroutine_sees_the_same_code) {
    asio::cancellation_signal stop;
    std::optional<boost::system::error_code> thrown;
    std::optional<boost::system::error_code> returned;
    run_subscribed([&](tmq::consumer& consumer) -> asio::awaitable<void> {
        bool is_done = false;
        const auto work = [&]() -> asio::awaitable<void> {
            stop.emit(asio::cancellation_type::terminal);
            message received;
            try {
                co_await consumer.poll(received, 5s);
            } catch (const boost::system::system_error& failure) {
                thrown = failure.code();
            }
            co_await asio::this_coro::throw_if_cancelled(false);
            const auto result = co_await consumer.try_poll(received, 5s);
            if (result.has_error()) returned = result.error().code();
        };
        asio::co_spawn(context, work(),
                       asio::bind_cancellation_slot(stop.slot(), [&](std::exception_ptr failure) {
                           EXPECT_EQ(failure, nullptr);
                           is_done = true;
                       }));
        co_await until([&] { return is_done; });
    });
    EXPECT_EQ(thrown, asio::error::operation_aborted);
    // The message was read ahead, so try_poll did not need to wait.
    EXPECT_TRUE(!returned || returned == asio::error::operation_aborted);
}

TEST_F(completion_token, a_strand_of_a_pool_serves_a_consumer_on_several_threads) {
    asio::thread_pool pool(3);
    // Erased once: TSan does not know the fences by which Asio counts references to an erased strand.
    const asio::any_io_executor strand = asio::make_strand(pool);
    tmq::consumer consumer(strand, settings());
    append(10, 990, 10, 1);
    std::uint64_t rows = 0;
    const auto work = [&]() -> asio::awaitable<void> {
        co_await consumer.subscribe(topic);
        message received;
        while (rows < 1000) {
            if (!co_await consumer.poll(received, 5s)) break;
            rows += received.row_count();
        }
        co_await consumer.close();
    };
    asio::co_spawn(strand, work(), asio::use_future).get();
    pool.join();
    EXPECT_EQ(rows, 1000U);
}

TEST_F(completion_token, a_coroutine_of_another_executor_spawns_the_operation_on_the_consumers) {
    asio::thread_pool pool(1);
    tmq::consumer consumer(pool, settings());
    run([&]() -> asio::awaitable<void> {
        const auto executor = consumer.get_executor();
        const std::thread::id here = std::this_thread::get_id();
        co_await asio::co_spawn(executor, consumer.subscribe(topic), asio::use_awaitable);
        message received;
        const bool has_message =
            co_await asio::co_spawn(executor, consumer.poll(received, 5s), asio::use_awaitable);
        EXPECT_TRUE(has_message);
        EXPECT_EQ(std::this_thread::get_id(), here);
        co_await asio::co_spawn(executor, consumer.close(), asio::use_awaitable);
    });
    pool.join();
}

}  // namespace
}  // namespace tmq::test
