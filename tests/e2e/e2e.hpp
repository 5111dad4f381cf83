#pragma once

#include "tmq/embedded_server.hpp"
#include "tmq/tmq.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tmq::test {

namespace asio = boost::asio;
using namespace std::chrono_literals;

inline constexpr std::string_view topic = "topic_meters";

/// What a consumer does by itself is for the tests that are about it.
inline config on_request_only(config how) {
    return how.reconnect(false).auto_commit(false).prefetch(0).assignment_interval(0ms);
}

/// An embedded server and consumers of it, over loopback.
class e2e : public ::testing::Test {
  protected:
    explicit e2e(embedded_server_options options = {}) : server(std::move(options)) {}

    embedded_server server;
    asio::io_context context{1};
    meter_source meters{7, 8, 10};

    /// Runs a coroutine to its end; fails the test when it takes longer than `limit` and rethrows what it
    /// throws.
    template <class Coroutine>
    void run(Coroutine coroutine, std::chrono::seconds limit = 30s) {
        bool finished = false;
        std::exception_ptr failure;
        context.restart();
        asio::co_spawn(context, coroutine(), [&](std::exception_ptr thrown) {
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

    /// Waits for a condition that another thread or coroutine brings about.
    template <class Condition>
    asio::awaitable<void> until(const Condition& condition) {
        asio::steady_timer tick(context);
        const auto deadline = std::chrono::steady_clock::now() + 10s;
        while (!condition() && std::chrono::steady_clock::now() < deadline) {
            tick.expires_after(1ms);
            co_await tick.async_wait(asio::use_awaitable);
        }
        EXPECT_TRUE(condition());
    }
    asio::awaitable<void> until_polls_wait(std::size_t count) {
        co_await until([this, count] { return server.waiting_polls() == count; });
    }

    void create_topic(std::int32_t vgroups = 1, topic_kind kind = topic_kind::stable) {
        server.create_topic(topic_options(std::string(topic)).database("power").kind(kind).vgroups(vgroups));
    }
    void append(std::uint64_t first, std::uint64_t rows, std::size_t rows_per_block = 100,
                std::size_t blocks_per_message = 2) {
        append_meters(server, topic, meters, first, rows, rows_per_block, blocks_per_message);
    }
    config settings(std::string_view group = "group") const {
        return on_request_only(config(server.url())).group_id(group).start_at(offset_reset::earliest);
    }
    consumer make_consumer(std::string_view group = "group") { return consumer(context, settings(group)); }
};

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

/// Checks every row of a message against its source, and adds their indexes to `seen`, one entry per row of
/// the stream.
inline void check_rows(const message& received, const meter_source& source, std::vector<int>& seen) {
    for (const block_view block : received.blocks()) {
        for (const auto& [ts, current, voltage, phase, groupid, location] :
             block.rows<timestamp, float, std::int32_t, float, std::int32_t, std::optional<std::string_view>>(
                 "ts", "current", "voltage", "phase", "groupid", "location")) {
            const std::uint64_t index = meter_source::index_of(ts);
            ASSERT_LT(index, seen.size());
            ++seen[index];
            const meter_row expected = source.row(index);
            ASSERT_EQ(ts, expected.ts);
            ASSERT_EQ(current, expected.current);
            ASSERT_EQ(voltage, expected.voltage);
            ASSERT_EQ(phase, expected.phase);
            ASSERT_EQ(groupid, expected.groupid);
            ASSERT_EQ(location.has_value(), expected.location.has_value());
            ASSERT_EQ(location.value_or(""), expected.location.value_or(""));
            ASSERT_TRUE(block.table_name().empty() ||
                        block.table_name() == meter_source::table_name(source.table_of(index)));
        }
    }
}

struct delivery {
    std::uint64_t delivered = 0;
    std::uint64_t lost = 0;
    std::uint64_t repeated = 0;
    friend bool operator==(const delivery&, const delivery&) = default;
};

inline delivery count(const std::vector<int>& seen) {
    delivery result;
    for (const int times : seen) {
        if (times == 0) ++result.lost;
        if (times > 0) ++result.delivered;
        if (times > 1) result.repeated += static_cast<std::uint64_t>(times - 1);
    }
    return result;
}

inline std::ostream& operator<<(std::ostream& out, const delivery& value) {
    return out << "delivered " << value.delivered << ", lost " << value.lost << ", repeated "
               << value.repeated;
}

}  // namespace tmq::test
