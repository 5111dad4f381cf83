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

struct WaitPoint : testing::Test {
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

TEST_F(WaitPoint, ResumeGoesOnAtOnce) {
    start_waiting();
    asio::post(context, [this] {
        here.resume();
        EXPECT_EQ(passed, 1);
        EXPECT_FALSE(here.has_waiter());
    });
    context.run();
    EXPECT_EQ(passed, 1);
}

TEST_F(WaitPoint, PostGoesOnInALaterTurn) {
    start_waiting();
    asio::post(context, [this] {
        here.post();
        EXPECT_EQ(passed, 0);
        EXPECT_FALSE(here.has_waiter());
    });
    context.run();
    EXPECT_EQ(passed, 1);
}

TEST_F(WaitPoint, NobodyWhoWaitsIsNobodyToResume) {
    here.resume();
    here.post();
    EXPECT_EQ(context.poll(), 0U);
}

TEST_F(WaitPoint, OneCallLetsOneWaitGoOn) {
    start_waiting();
    here.post();
    here.post();
    here.resume();
    context.run();
    EXPECT_EQ(passed, 1);
    start_waiting_again();
}

TEST_F(WaitPoint, TheSamePlaceServesManyWaits) {
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

TEST_F(WaitPoint, ACancelledCoroutineGoesOn) {
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

TEST_F(WaitPoint, ASignalThatComesLateCancelsNothing) {
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

TEST_F(WaitPoint, ACoroutineOfAnotherExecutorGoesOnThere) {
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

TEST_F(WaitPoint, WhatTheCoroutineThrowsComesOutOfItsContext) {
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

TEST_F(WaitPoint, IsDestroyedInsideTheCoroutineThatItResumes) {
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

TEST(WaitPointOfAContext, ACoroutineThatStillWaitsIsDestroyedWithTheContext) {
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

TEST(WaitPointOfAContext, AsManyAsThereAre) {
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
