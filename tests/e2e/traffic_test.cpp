#include "e2e.hpp"

#include <algorithm>
#include <stdexcept>

namespace tmq::test {
namespace {

struct heard_message {
    bool sent = false;
    bool binary = false;
    std::string content;
    std::uint64_t connection = 0;
};

class traffic_test : public e2e {
  protected:
    traffic_test() {
        create_topic();
        append(0, 100);
    }

    config listening(traffic_secrets secrets = traffic_secrets::hidden) {
        const auto keep = [this](const traffic& message) {
            const auto* const data = reinterpret_cast<const char*>(message.bytes.data());
            heard.push_back(
                {message.sent, message.binary, std::string(data, message.bytes.size()), message.connection});
        };
        return settings().on_traffic(keep, secrets);
    }

    asio::awaitable<void> consume_all(consumer& reader) {
        message received;
        for (std::uint64_t rows = 0; rows < 100; rows += received.row_count()) {
            const bool got = co_await reader.poll(received, 5s);
            EXPECT_TRUE(got);
            if (!got) break;
        }
    }

    /// How many messages of this kind have a text in them.
    std::size_t heard_with(bool sent, std::string_view text) const {
        return static_cast<std::size_t>(
            std::count_if(heard.begin(), heard.end(), [&](const heard_message& one) {
                return one.sent == sent && one.content.find(text) != std::string::npos;
            }));
    }

    std::vector<heard_message> heard;
};

TEST_F(traffic_test, is_every_request_and_every_reply_in_their_order) {
    run([&]() -> asio::awaitable<void> {
        consumer reader(context, listening());
        co_await reader.subscribe(topic);
        co_await consume_all(reader);
        co_await reader.close();
    });
    for (const char* action : {"version", "subscribe", "poll", "fetch_raw_data"})
        EXPECT_EQ(heard_with(true, "{\"action\":\"" + std::string(action) + "\""),
                  server.request_count(action))
            << action;
    EXPECT_EQ(std::count_if(heard.begin(), heard.end(), [](const heard_message& one) { return one.sent; }),
              static_cast<std::ptrdiff_t>(server.request_count()));
    EXPECT_EQ(std::count_if(heard.begin(), heard.end(), [](const heard_message& one) { return one.binary; }),
              static_cast<std::ptrdiff_t>(server.request_count("fetch_raw_data")));
    ASSERT_GE(heard.size(), 4U);
    EXPECT_TRUE(heard[0].sent);
    EXPECT_FALSE(heard[1].sent);
    EXPECT_EQ(heard_with(true, "\"password\":\"***\""), 1U);
    EXPECT_EQ(heard_with(true, "taosdata"), 0U);
    for (const heard_message& one : heard) {
        EXPECT_EQ(one.connection, 1U);
        EXPECT_FALSE(one.binary && one.sent);
    }
}

TEST_F(traffic_test, has_secrets_only_on_request) {
    for (const traffic_secrets secrets : {traffic_secrets::hidden, traffic_secrets::shown}) {
        server.inject(fault::error_reply(0x357, "no user with taosdata").on("subscribe"));
        heard.clear();
        run([&]() -> asio::awaitable<void> {
            consumer reader(context, listening(secrets));
            EXPECT_EQ(co_await error_of(reader.subscribe(topic)), make_server_error(0x357));
        });
        const std::size_t shown = secrets == traffic_secrets::shown ? 1 : 0;
        EXPECT_EQ(heard_with(true, "\"password\":\"taosdata\""), shown);
        EXPECT_EQ(heard_with(false, "no user with taosdata"), shown);
        EXPECT_EQ(heard_with(false, "no user with ***"), 1 - shown);
    }
}

TEST_F(traffic_test, is_uncompressed) {
    run([&]() -> asio::awaitable<void> {
        consumer reader(context, listening().compression(true));
        co_await reader.subscribe(topic);
        co_await consume_all(reader);
        EXPECT_GT(reader.stats().bytes_inflated, 0U);
        co_await reader.close();
    });
    const std::string marker(8, '\xff');
    for (const heard_message& one : heard) {
        if (one.binary) {
            EXPECT_EQ(one.content.substr(0, 8), marker);
        } else {
            EXPECT_EQ(one.content.front(), '{');
        }
    }
}

TEST_F(traffic_test, says_which_connection_it_belongs_to) {
    run([&]() -> asio::awaitable<void> {
        consumer reader(context, listening().reconnect(true));
        co_await reader.subscribe(topic);
        co_await consume_all(reader);
        server.reset_all();
        append(100, 100);
        co_await consume_all(reader);
        co_await reader.close();
    });
    EXPECT_TRUE(std::is_sorted(heard.begin(), heard.end(),
                               [](const auto& a, const auto& b) { return a.connection < b.connection; }));
    EXPECT_EQ(heard.front().connection, 1U);
    EXPECT_EQ(heard.back().connection, 2U);
}

TEST_F(traffic_test, ends_nothing_when_the_handler_throws) {
    std::size_t calls = 0;
    run([&]() -> asio::awaitable<void> {
        consumer reader(context, settings().on_traffic([&calls](const traffic&) {
            ++calls;
            throw std::runtime_error("never mind");
        }));
        co_await reader.subscribe(topic);
        co_await consume_all(reader);
        co_await reader.close();
    });
    EXPECT_GE(calls, 2 * server.request_count("poll"));
    EXPECT_EQ(server.accepted_count(), 1U);
}

}  // namespace
}  // namespace tmq::test
