#pragma once

#include "tmq/embedded_server.hpp"
#include "tmq/tmq.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <iosfwd>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tmq::test {

namespace asio = boost::asio;
using namespace std::chrono_literals;

inline constexpr std::string_view topic = "topic_meters";

/// What a consumer does by itself is for the tests that are about it.
config on_request_only(config how);

/// An embedded server and consumers of it, over loopback.
class e2e : public ::testing::Test {
  protected:
    explicit e2e(embedded_server_options options = {}) : server(std::move(options)) {}

    embedded_server server;
    asio::io_context context{1};
    meter_source meters{7, 8, 10};

    /// Runs a coroutine to its end; fails the test when it takes longer than `limit` and rethrows what it
    /// throws.
    void run(const std::function<asio::awaitable<void>()>& coroutine, std::chrono::seconds limit = 30s);

    /// Waits for a condition that another thread or coroutine brings about.
    asio::awaitable<void> until(std::function<bool()> condition);
    asio::awaitable<void> until_polls_wait(std::size_t count);

    void create_topic(std::int32_t vgroups = 1, topic_kind kind = topic_kind::stable);
    void append(std::uint64_t first, std::uint64_t rows, std::size_t rows_per_block = 100,
                std::size_t blocks_per_message = 2);
    config settings(std::string_view group = "group") const;
    consumer make_consumer(std::string_view group = "group");
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
void check_rows(const message& received, const meter_source& source, std::vector<int>& seen);

struct delivery {
    std::uint64_t delivered = 0;
    std::uint64_t lost = 0;
    std::uint64_t repeated = 0;
    friend bool operator==(const delivery&, const delivery&) = default;
};

delivery count(const std::vector<int>& seen);
std::ostream& operator<<(std::ostream& out, const delivery& value);

}  // namespace tmq::test
