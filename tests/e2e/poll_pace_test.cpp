// How often, and with which waits, the server is polled.
#include "reconnecting.hpp"

namespace tmq::test {
namespace {

class poll_pace : public reconnecting_e2e {
  protected:
    void SetUp() override { create_topic(); }

    std::size_t short_polls = 0;  ///< that were sent ahead
    std::size_t polls = 0;

    config counting(config how) {
        how.on_traffic([this](const traffic& one) {
            const std::string_view text(reinterpret_cast<const char*>(one.bytes.data()), one.bytes.size());
            if (!one.sent || text.find(R"("action":"poll")") == std::string_view::npos) return;
            ++polls;
            if (text.find(R"("blocking_time":10,)") != std::string_view::npos ||
                text.find(R"("blocking_time":10})") != std::string_view::npos)
                ++short_polls;
        });
        return how;
    }
};

TEST_F(poll_pace, reads_nothing_ahead_where_rows_trickle) {
    std::vector<int> seen(20);
    const config changed_settings = counting(reconnecting().prefetch(8));
    run_subscribed(changed_settings, [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        message received;
        for (std::uint64_t row = 0; row < 20; ++row) {
            asio::steady_timer later(context, 12ms);
            later.async_wait([&, row](boost::system::error_code) { append(row, 1, 1, 1); });
            const bool got = co_await consumer.poll(received, 2s);
            EXPECT_TRUE(got);
            take(received, seen);
        }
    });
    EXPECT_EQ(count(seen), (delivery{20, 0, 0}));
    EXPECT_EQ(short_polls, 0U) << "the next poll would wait behind it";
}

TEST_F(poll_pace, reads_ahead_what_was_there_before) {
    append(0, 50, 1, 1);
    const config changed_settings = counting(reconnecting().prefetch(8));
    run_subscribed(changed_settings, [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        message received;
        const bool got = co_await consumer.poll(received, 1s);
        EXPECT_TRUE(got);
        co_await until([&] { return consumer.stats().read_ahead == 8; });
    });
}

TEST_F(poll_pace, leaves_a_server_alone_that_answers_at_once_without_a_message) {
    append(0, 5'000, 1, 1);
    server.inject(
        fault::replace_text(R"("have_message":true)", R"("have_message":false)").on("poll").times(100'000));
    run_subscribed(counting(reconnecting()), [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        message received;
        const bool got = co_await consumer.poll(received, 1s);
        EXPECT_FALSE(got);
    });
    EXPECT_GE(polls, 5U);
    EXPECT_LE(polls, 12U) << "pauses of 10, 20, 40, ... ms";
}

TEST_F(poll_pace, leaves_a_server_alone_whose_messages_are_of_a_vgroup_that_it_does_not_list) {
    append(0, 5'000, 1, 1);
    const std::string listed = R"("vgroup_id":)" + std::to_string(server.vgroups(topic)[0]);
    tmq::consumer consumer(context, counting(reconnecting()));
    run([&]() -> asio::awaitable<void> {
        co_await consumer.subscribe(topic);
        message received;
        server.inject(fault::replace_text(listed, R"("vgroup_id":77)").on("poll").times(100'000));
        const auto deadline = std::chrono::steady_clock::now() + 500ms;
        std::size_t messages = 0;
        const std::size_t looks = server.request_count("assignment");
        while (std::chrono::steady_clock::now() < deadline) {
            const bool got = co_await consumer.poll(received, 100ms);
            messages += got ? 1 : 0;
        }
        EXPECT_GT(messages, 0U) << "it may be the vgroup's first";
        EXPECT_LE(server.request_count("assignment") - looks, 12U) << "not for every message";
        consumer.disconnect();
    });
}

TEST_F(poll_pace, takes_a_message_of_another_topic_for_a_broken_protocol) {
    append(0, 10, 1, 1);
    server.inject(
        fault::replace_text(R"("topic":"topic_meters")", "\"topic\":\"\\u001b]0;x\\u0007\"").on("poll"));
    std::vector<int> seen(10);
    run_subscribed(reconnecting(), [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        message received;
        const std::optional<error> why = co_await error_thrown_by(consumer.poll(received, 1s));
        EXPECT_TRUE(why && why->code() == errc::unexpected_reply);
        if (why) {
            EXPECT_EQ(why->detail(), "message of a topic that was not subscribed to");
        }
        co_await read(consumer, seen, 10);
    });
    EXPECT_EQ(count(seen), (delivery{10, 0, 0}));
    EXPECT_EQ(server.accepted_count(), 2U);
}

}  // namespace
}  // namespace tmq::test
