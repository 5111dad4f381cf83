#include "consumer/wait_point.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/this_coro.hpp>

#include <gtest/gtest.h>

#include <exception>
#include <memory>
#include <stdexcept>

namespace tmq::client {
namespace {

asio::awaitable<void> wait_once(wait_point& here, int& passed) {
    co_await here.wait();
    ++passed;
}

struct wait_point_test : ::testing::Test {
    void start_waiting() {
        asio::co_spawn(context, wait_once(here, passed), asio::detached);
        context.poll();
        context.restart();
        ASSERT_TRUE(here.has_waiter());
        ASSERT_EQ(passed, 0);
    }

    void start_waiting_again() {
        passed = 0;
        context.restart();
        start_waiting();
    }

    asio::io_context context;
    wait_point here{context.get_executor()};
    int passed = 0;
};

TEST_F(wait_point_test, resume_goes_on_at_once) {
    start_waiting();
    asio::post(context, [this] {
        here.resume();
        EXPECT_EQ(passed, 1);
        EXPECT_FALSE(here.has_waiter());
    });
    context.run();
    EXPECT_EQ(passed, 1);
}

TEST_F(wait_point_test, post_goes_on_in_a_later_turn) {
    start_waiting();
    asio::post(context, [this] {
        here.post();
        EXPECT_EQ(passed, 0);
        EXPECT_FALSE(here.has_waiter());
    });
    context.run();
    EXPECT_EQ(passed, 1);
}

TEST_F(wait_point_test, nobody_who_waits_is_nobody_to_resume) {
    here.resume();
    here.post();
    EXPECT_EQ(context.poll(), 0U);
}

TEST_F(wait_point_test, one_call_lets_one_wait_go_on) {
    start_waiting();
    here.post();
    here.post();
    here.resume();
    context.run();
    EXPECT_EQ(passed, 1);
    start_waiting_again();
}

TEST_F(wait_point_test, the_same_place_serves_many_waits) {
    asio::co_spawn(
        context,
        [this]() -> asio::awaitable<void> {
            for (int i = 0; i < 3; ++i) {
                co_await here.wait();
                ++passed;
            }
        },
        asio::detached);
    context.poll();
    for (int i = 1; i <= 3; ++i) {
        here.resume();
        EXPECT_EQ(passed, i);
    }
    EXPECT_FALSE(here.has_waiter());
}

TEST_F(wait_point_test, a_cancelled_coroutine_goes_on) {
    asio::cancellation_signal signal;
    bool was_cancelled = false;
    asio::co_spawn(
        context,
        [&]() -> asio::awaitable<void> {
            co_await here.wait();
            const asio::cancellation_state state = co_await asio::this_coro::cancellation_state;
            was_cancelled = state.cancelled() != asio::cancellation_type::none;
        },
        asio::bind_cancellation_slot(signal.slot(), asio::detached));
    context.poll();
    context.restart();
    signal.emit(asio::cancellation_type::terminal);
    EXPECT_FALSE(was_cancelled);
    context.run();
    EXPECT_TRUE(was_cancelled);
    EXPECT_FALSE(here.has_waiter());
}

TEST_F(wait_point_test, a_signal_that_comes_late_cancels_nothing) {
    asio::cancellation_signal signal;
    asio::co_spawn(context, wait_once(here, passed),
                   asio::bind_cancellation_slot(signal.slot(), asio::detached));
    context.poll();
    here.resume();
    EXPECT_EQ(passed, 1);
    start_waiting_again();
    signal.emit(asio::cancellation_type::terminal);
    EXPECT_TRUE(here.has_waiter());
}

TEST_F(wait_point_test, a_coroutine_of_another_executor_goes_on_there) {
    asio::io_context other;
    asio::co_spawn(other, wait_once(here, passed), asio::detached);
    other.poll();
    other.restart();
    here.resume();
    EXPECT_EQ(passed, 0);
    context.run();
    other.run();
    EXPECT_EQ(passed, 1);
}

TEST_F(wait_point_test, what_the_coroutine_throws_comes_out_of_its_context) {
    asio::co_spawn(
        context,
        [this]() -> asio::awaitable<void> {
            co_await here.wait();
            throw std::runtime_error("of the application");
        },
        [](const std::exception_ptr& failure) {
            if (failure) std::rethrow_exception(failure);
        });
    context.poll();
    context.restart();
    asio::post(context, [this] { here.resume(); });
    EXPECT_THROW(context.run(), std::runtime_error);
    EXPECT_FALSE(here.has_waiter());
}

/// Says that it was destroyed.
struct witness {
    explicit witness(bool& gone) noexcept : gone_(gone) {}
    witness(const witness&) = delete;
    witness& operator=(const witness&) = delete;
    ~witness() { gone_ = true; }
    bool& gone_;
};

TEST_F(wait_point_test, is_destroyed_inside_the_coroutine_that_it_resumes) {
    auto owned = std::make_unique<wait_point>(context.get_executor());
    asio::co_spawn(
        context,
        [this, &owned]() -> asio::awaitable<void> {
            co_await owned->wait();
            owned.reset();
            ++passed;
        },
        asio::detached);
    context.poll();
    owned->resume();
    EXPECT_EQ(passed, 1);
}

TEST(wait_point_context, a_coroutine_that_still_waits_is_destroyed_with_the_context) {
    bool gone = false;
    {
        asio::io_context context;
        asio::co_spawn(
            context,
            [&]() -> asio::awaitable<void> {
                // The place is the coroutine's own: nobody but the context can end this.
                const witness mine(gone);
                wait_point own(co_await asio::this_coro::executor);
                co_await own.wait();
            },
            asio::detached);
        context.poll();
        EXPECT_FALSE(gone);
    }
    EXPECT_TRUE(gone);
}

TEST(wait_point_context, as_many_as_there_are) {
    std::size_t count = 0;
    {
        asio::io_context context;
        const auto unused = std::make_unique<wait_point>(context.get_executor());
        for (int i = 0; i < 10; ++i)
            asio::co_spawn(
                context,
                [&count]() -> asio::awaitable<void> {
                    const std::shared_ptr<void> at_end(nullptr, [&count](void*) { ++count; });
                    wait_point own(co_await asio::this_coro::executor);
                    co_await own.wait();
                },
                asio::detached);
        context.poll();
        EXPECT_EQ(count, 0U);
    }
    EXPECT_EQ(count, 10U);
}

}  // namespace
}  // namespace tmq::client
