#include "support/coroutine_fixture.hpp"

#include <boost/asio/co_spawn.hpp>

#include <exception>

namespace tmq::test {

std::vector<std::optional<std::int64_t>> offsets_of(const consumer::known_offsets& known) {
    std::vector<std::optional<std::int64_t>> offsets;
    for (const auto& [partition, offset] : known)
        offsets.push_back(offset);
    return offsets;
}

config on_request_only(config settings) {
    return settings.reconnect(false).auto_commit(false).prefetch(0).assignment_interval(0ms);
}

void coroutine_fixture::run(const coroutine& work, std::chrono::milliseconds limit) {
    bool finished = false;
    std::exception_ptr failure;
    context.restart();
    asio::co_spawn(context, work(), [&](std::exception_ptr thrown) {
        finished = true;
        failure = thrown;
        context.stop();
    });
    // One long run(), as in a service: Asio recycles memory only within one.
    asio::steady_timer watchdog(context, limit);
    watchdog.async_wait([this](boost::system::error_code ec) {
        if (!ec) context.stop();
    });
    context.run();
    ASSERT_TRUE(finished) << "the coroutine hangs";
    if (failure) std::rethrow_exception(failure);
}

void coroutine_fixture::run_subscribed(const config& settings, std::string_view topic,
                                       const consumer_coroutine& work, std::chrono::milliseconds limit) {
    const auto subscribed = [&]() -> asio::awaitable<void> {
        tmq::consumer consumer(context, settings);
        prepare(consumer);
        co_await consumer.subscribe(topic);
        co_await work(consumer);
        co_await consumer.close();
    };
    run(subscribed, limit);
}

asio::awaitable<void> coroutine_fixture::until(std::function<bool()> condition) {
    asio::steady_timer timer(context);
    const auto deadline = std::chrono::steady_clock::now() + waits_.condition_limit;
    while (!condition() && std::chrono::steady_clock::now() < deadline) {
        timer.expires_after(waits_.tick);
        co_await timer.async_wait(asio::use_awaitable);
    }
    EXPECT_TRUE(condition()) << "the condition did not become true";
}

asio::awaitable<void> coroutine_fixture::until(std::function<asio::awaitable<bool>()> condition) {
    const auto deadline = std::chrono::steady_clock::now() + waits_.condition_limit;
    bool met = co_await condition();
    while (!met && !HasFatalFailure() && std::chrono::steady_clock::now() < deadline) {
        co_await tick();
        met = co_await condition();
    }
    EXPECT_TRUE(met) << "the condition did not become true";
}

asio::awaitable<void> coroutine_fixture::tick() {
    asio::steady_timer timer(context, waits_.tick);
    co_await timer.async_wait(asio::use_awaitable);
}

}  // namespace tmq::test
