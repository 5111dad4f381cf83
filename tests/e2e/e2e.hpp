#pragma once

#include "support/coroutine_fixture.hpp"
#include "tmq/testing/meters.hpp"
#include "tmq/tmq.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tmq::test {

using namespace testing;

inline constexpr std::string_view topic = "topic_meters";

/// An embedded server and consumers of it, over loopback.
class e2e : public coroutine_fixture {
  protected:
    explicit e2e(testing::server_options options = {}) : server(std::move(options)) {}

    testing::server server;
    meter_source meters{7, 8, 10};

    using coroutine_fixture::run_subscribed;
    /// Runs `work` with a consumer that is subscribed to `topic`, and closes the consumer after it.
    void run_subscribed(const config& changed_settings, const consumer_coroutine& work);
    void run_subscribed(const consumer_coroutine& work) { run_subscribed(settings(), work); }

    asio::awaitable<void> until_polls_wait(std::size_t count);

    void create_topic(std::int32_t vgroups = 1, topic_kind kind = topic_kind::stable);
    void append(std::uint64_t first, std::uint64_t rows, std::size_t rows_per_block = 100,
                std::size_t blocks_per_message = 2);
    config settings(std::string_view group = "group") const;
    consumer make_consumer(std::string_view group = "group");
};

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
