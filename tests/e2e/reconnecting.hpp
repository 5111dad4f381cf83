#pragma once

#include "e2e.hpp"

#include <algorithm>
#include <map>

namespace tmq::test {
/// What a consumer said of itself.
struct told {
    std::vector<event> events;
    template <class Kind>
    std::size_t count() const {
        return static_cast<std::size_t>(std::count_if(events.begin(), events.end(), [](const event& one) {
            return std::holds_alternative<Kind>(one);
        }));
    }
    template <class Kind>
    const Kind* last() const {
        for (auto one = events.rbegin(); one != events.rend(); ++one)
            if (const Kind* const found = std::get_if<Kind>(&*one)) return found;
        return nullptr;
    }
    std::string kinds() const {
        std::string result;
        for (const event& one : events)
            result.append(result.empty() ? "" : " ").append(one.name());
        return result;
    }
};

/// An embedded server and consumers that do everything by themselves, apart from what a test is about.
class reconnecting_e2e : public e2e {
  protected:
    explicit reconnecting_e2e(testing::server_options options = {}) : e2e(std::move(options)) {}

    told said;
    std::map<std::int32_t, std::int64_t>
        next;  ///< of each vgroup: where the next message may start at the earliest

    config reconnecting(std::string_view group = "group") {
        config how = settings(group);
        how.reconnect(true)
            .reconnect_interval(1ms)
            .reconnect_max_interval(20ms)
            .reconnect_retries(1000)
            .request_timeout(2s);
        return how;
    }
    void listen(tmq::consumer& consumer) {
        consumer.on_event([this](tmq::consumer&, const event& one) { said.events.push_back(one); });
    }
    void prepare(tmq::consumer& consumer) override { listen(consumer); }
    /// Polls until `rows` are there; every message must start behind the one before of its vgroup.
    asio::awaitable<void> read(tmq::consumer& consumer, std::vector<int>& seen, std::uint64_t rows) {
        message received;
        std::uint64_t got = 0;
        const auto deadline = std::chrono::steady_clock::now() + 15s;
        while (got < rows && std::chrono::steady_clock::now() < deadline) {
            const bool has_message = co_await consumer.poll(received, 100ms);
            if (!has_message) continue;
            got += received.row_count();
            take(received, seen);
        }
        EXPECT_EQ(got, rows);
    }
    void take(const message& received, std::vector<int>& seen) {
        check_rows(received, meters, seen);
        EXPECT_GE(received.offset(), next[received.vgroup()]) << "vgroup " << received.vgroup();
        next[received.vgroup()] = received.next_offset().value_or(-1);
    }
    template <class Kind>
    asio::awaitable<void> until_told(std::size_t count = 1) {
        co_await until([this, count] { return said.count<Kind>() >= count; });
    }
};

}  // namespace tmq::test
