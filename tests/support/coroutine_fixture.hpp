#pragma once

#include "tmq/tmq.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace tmq::test {

namespace asio = boost::asio;
using namespace std::chrono_literals;

/// Switches off everything that a consumer does without a request. Tests about such a feature switch it on.
config on_request_only(config settings);

/// Waits of a fixture, which depend on its server.
struct fixture_waits {
    /// Between two checks of a condition.
    std::chrono::milliseconds tick{1};
    /// For a condition.
    std::chrono::milliseconds condition_limit{10s};
    /// For a whole coroutine.
    std::chrono::milliseconds run_limit{30s};
};

/// Runs coroutines on one thread. Its functions are compiled once, in coroutine_fixture.cpp.
class coroutine_fixture : public ::testing::Test {
  protected:
    using coroutine = std::function<asio::awaitable<void>()>;
    using consumer_coroutine = std::function<asio::awaitable<void>(tmq::consumer&)>;

    explicit coroutine_fixture(fixture_waits waits = {}) : waits_(waits) {}

    asio::io_context context{1};

    /// Runs a coroutine to its end; fails the test when it takes longer than `limit` and rethrows what it
    /// throws.
    void run(const coroutine& work, std::chrono::milliseconds limit);
    void run(const coroutine& work) { run(work, waits_.run_limit); }

    /// Runs `work` with a consumer that is subscribed to `topic`, and closes the consumer after it.
    void run_subscribed(const config& settings, std::string_view topic, const consumer_coroutine& work,
                        std::chrono::milliseconds limit);
    void run_subscribed(const config& settings, std::string_view topic, const consumer_coroutine& work) {
        run_subscribed(settings, topic, work, waits_.run_limit);
    }

    /// Called with each consumer of run_subscribed() before it subscribes.
    virtual void prepare(tmq::consumer&) {}

    /// Waits for a condition that another thread or coroutine brings about. Fails the test when that takes
    /// too long.
    asio::awaitable<void> until(std::function<bool()> condition);
    /// Awaits `condition` again and again, until it returns true. Fails the test when that takes too long.
    asio::awaitable<void> until(std::function<asio::awaitable<bool>()> condition);

    /// Waits for the time between two checks of a condition.
    asio::awaitable<void> tick();

  private:
    fixture_waits waits_;
};

/// The offsets that committed() or position() has returned, without their vgroups.
std::vector<std::optional<std::int64_t>> offsets_of(const consumer::known_offsets& known);

/// The code of a failed operation; success if it has a value.
template <class T>
boost::system::error_code code_of(const result<T>& outcome) {
    return outcome.has_error() ? outcome.error().code() : boost::system::error_code();
}

/// The code an operation throws; success when it throws nothing.
template <class Awaitable>
asio::awaitable<boost::system::error_code> error_of(Awaitable operation) {
    boost::system::error_code code;
    try {
        co_await std::move(operation);
    } catch (const error& thrown) {
        code = thrown.code();
    }
    co_return code;
}

/// Returns what `operation` throws: a code and its text.
template <class Awaitable>
asio::awaitable<std::optional<error>> error_thrown_by(Awaitable operation) {
    std::optional<error> result;
    try {
        co_await std::move(operation);
    } catch (const error& thrown) {
        result = thrown;
    }
    co_return result;
}

}  // namespace tmq::test
