#include "reconnecting.hpp"
#include "subscription/positions.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>

namespace tmq::test {
namespace {

class feature_interaction : public reconnecting_e2e {
  protected:
    explicit feature_interaction(testing::server_options options = {})
        : reconnecting_e2e(std::move(options)) {}

    static constexpr std::uint64_t rows = 100;
    std::vector<int> seen = std::vector<int>(rows);

    asio::awaitable<void> sleep(std::chrono::milliseconds time) {
        asio::steady_timer timer(context, time);
        co_await timer.async_wait(asio::use_awaitable);
    }
    /// Polls until the consumer has looked so many times at the assignment.
    asio::awaitable<void> look(tmq::consumer& consumer, std::size_t times) {
        const std::size_t enough = server.request_count("assignment") + times;
        message received;
        while (server.request_count("assignment") < enough) {
            const bool got = co_await consumer.poll(received, 10ms);
            EXPECT_FALSE(got) << "nothing is left";
        }
    }
};

TEST_F(feature_interaction, a_look_at_two_topics_does_not_mix_up_their_logs) {
    for (const char* const name : {"topic_a", "topic_b"})
        server.create_topic(topic_options(name).kind(topic_kind::stable));
    append_meters(server, "topic_a", meters, 0, 5, 1, 1);
    append_meters(server, "topic_b", meters, 0, 50, 1, 1);
    tmq::consumer consumer(context, reconnecting().assignment_interval(100ms));
    listen(consumer);
    run([&]() -> asio::awaitable<void> {
        std::vector<std::string> topics{"topic_a", "topic_b"};
        co_await consumer.subscribe(topics);
        std::vector<int> both(rows);
        co_await read(consumer, both, 55);
        server.truncate_log("topic_b", server.vgroups("topic_b")[0], 40);
        co_await look(consumer, 6);
        EXPECT_EQ(said.count<events::data_lost>(), 0U) << "all was read before";
        append_meters(server, "topic_a", meters, 5, 5, 1, 1);
        message received;
        for (std::int64_t i = 5; i < 10; ++i) {
            EXPECT_TRUE(co_await consumer.poll(received, 1s));
            EXPECT_EQ(received.offset(), i);
        }
        co_await consumer.close();
    });
}

/// The embedded server announces each message where the one before it ends. A real one goes on behind entries
/// without rows when a poll finds nothing, and announces the next message there.
TEST(position_interaction, a_commit_in_front_of_entries_without_rows_stays_in_front_of_what_lies_between) {
    subscription::positions of;
    for (const std::int64_t at : {0, 1}) {
        EXPECT_EQ(of.announced(of.add(topic, 1), at, false), subscription::arrival::expected);
        of.read(of.add(topic, 1), at + 1);
    }
    of.delivered(of.add(topic, 1), 1);
    EXPECT_EQ(of.announced(of.add(topic, 1), 5, false), subscription::arrival::expected);
    const std::size_t index = of.find(topic, 1).value();
    EXPECT_EQ(of.commit_target(index, 1), 1) << "the second message is read ahead only";
    EXPECT_EQ(of.commit_target(index, 2), 5) << "there is nothing between";
}

TEST_F(feature_interaction,
       a_seek_back_before_what_an_earlier_process_has_committed_outlives_the_connection) {
    create_topic(1);
    append(0, rows, 1, 1);
    server.commit("group", topic, server.vgroups(topic)[0], 50);
    run_subscribed(reconnecting(), [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        co_await consumer.seek_to_beginning(topic);
        co_await read(consumer, seen, 10);
        server.reset_all();
        co_await read(consumer, seen, 90);
    });
    EXPECT_EQ(count(seen), (delivery{rows, 0, 0}));
}

TEST_F(feature_interaction, a_commit_that_is_said_to_have_succeeded_was_made) {
    create_topic(1);
    append(0, rows, 1, 1);
    const std::int32_t vgroup = server.vgroups(topic)[0];
    server.commit("group", topic, vgroup, 50);
    run_subscribed(reconnecting(), [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        co_await consumer.seek_to_beginning(topic);
        message received;
        EXPECT_TRUE(co_await consumer.poll(received, 5s));
        std::optional<boost::system::error_code> outcome;
        consumer.commit_async(received, [&outcome](const result<void>& done) { outcome = code_of(done); });
        co_await until([&outcome] { return outcome.has_value(); });
        EXPECT_EQ(outcome, boost::system::error_code());
        EXPECT_EQ(server.committed("group", topic, vgroup), received.next_offset().value())
            << "this consumer went back itself";
    });
}

TEST_F(feature_interaction, a_cancelled_unsubscribe_leaves_a_consumer_that_can_subscribe_or_poll) {
    create_topic(1);
    append(0, rows, 1, 1);
    tmq::consumer consumer(context,
                           reconnecting().auto_commit(true).auto_commit_interval(1h).request_timeout(10s));
    listen(consumer);
    run([&]() -> asio::awaitable<void> {
        co_await consumer.subscribe(topic);
        message received;
        EXPECT_TRUE(co_await consumer.poll(received, 5s));
        for (const char* const action : {"committed", "commit_offset"})
            server.inject(fault::stall().on(action));
        asio::cancellation_signal stop;
        std::exception_ptr thrown;
        bool has_ended = false;
        const auto ended = [&](std::exception_ptr what) {
            thrown = what;
            has_ended = true;
        };
        asio::co_spawn(context, consumer.unsubscribe(), asio::bind_cancellation_slot(stop.slot(), ended));
        co_await until([&] { return server.request_count("committed") == 1; });
        stop.emit(asio::cancellation_type::terminal);
        co_await until([&] { return has_ended; });
        try {
            if (thrown) std::rethrow_exception(thrown);
        } catch (const error& as_documented) {
            EXPECT_EQ(as_documented.code(), asio::error::operation_aborted);
        } catch (const std::exception& other) {
            ADD_FAILURE() << "not a tmq::error: " << other.what();
        }
        const boost::system::error_code again = co_await error_of(consumer.subscribe(topic));
        const boost::system::error_code polled = co_await error_of(consumer.poll(received, 1ms));
        EXPECT_TRUE(!again || !polled) << "subscribe: " << again.message() << "; poll: " << polled.message();
        consumer.disconnect();
    });
}

TEST_F(feature_interaction, version_waits_for_the_connection_as_every_request_does) {
    create_topic(1);
    run_subscribed(reconnecting(), [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        server.stop();
        co_await until_told<events::reconnecting>(2);
        std::optional<boost::system::error_code> outcome;
        const auto asked = [&]() -> asio::awaitable<void> { co_await consumer.fetch_server_version(); };
        asio::co_spawn(context, error_of(asked()),
                       [&outcome](std::exception_ptr, boost::system::error_code code) { outcome = code; });
        co_await until_told<events::reconnecting>(3);
        server.start();
        co_await until([&outcome] { return outcome.has_value(); });
        EXPECT_EQ(outcome, boost::system::error_code());
    });
}

TEST_F(feature_interaction, a_connection_that_was_told_of_is_told_to_end_when_subscribing_fails) {
    create_topic(1);
    tmq::consumer consumer(context, reconnecting());
    listen(consumer);
    run([&]() -> asio::awaitable<void> {
        server.inject(fault::error_reply(0x3E1, "Topic not exist").on("subscribe"));
        EXPECT_EQ(co_await error_of(consumer.subscribe(topic)), make_server_error(0x3E1));
        co_await consumer.subscribe(topic);
        co_await until_told<events::assigned>();
        EXPECT_EQ(said.kinds(), "connected disconnected connected assigned");
        co_await consumer.close();
    });
}

TEST_F(feature_interaction, polls_that_were_answered_at_once_are_followed_by_read_ahead) {
    create_topic(1);
    const config changed_settings = reconnecting().poll_slice(20ms).prefetch(1);
    run_subscribed(changed_settings, [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        message received;
        EXPECT_FALSE(co_await consumer.poll(received, 50ms));
        std::optional<bool> got;
        asio::co_spawn(context, consumer.poll(received, 5s),
                       [&got](std::exception_ptr, bool has_message) { got = has_message; });
        const std::uint64_t empty = consumer.stats().empty_polls;
        co_await until([&] { return consumer.stats().empty_polls > empty; });
        append(0, 10, 1, 1);
        co_await until([&] { return got.has_value(); });
        for (int i = 0; i < 3; ++i) {
            EXPECT_EQ(consumer.stats().read_ahead, 0U) << "what comes after a wait may be all there is";
            const bool more = co_await consumer.poll(received, 5s);
            EXPECT_TRUE(more);
        }
        co_await until([&] { return consumer.stats().read_ahead == 1; });
    });
}

class dead_member_interaction : public feature_interaction {
  protected:
    dead_member_interaction() : feature_interaction(testing::server_options().keep_dead_members(60s)) {}
    static constexpr std::string_view long_name = "a_topic_whose_name_is_not_kept_in_place";

    /// A commit that waits for a vgroup which its dead connection still has.
    void commit_that_waits(const std::function<void(tmq::consumer&, asio::cancellation_signal&)>& end,
                           bool subscribes) {
        server.create_topic(topic_options(std::string(long_name)).kind(topic_kind::stable));
        append_meters(server, long_name, meters, 0, 10, 1, 1);
        tmq::consumer consumer(context, reconnecting().assignment_interval(100ms));
        listen(consumer);
        run([&]() -> asio::awaitable<void> {
            co_await consumer.subscribe(long_name);
            message received;
            EXPECT_TRUE(co_await consumer.poll(received, 5s));
            server.reset_all();
            co_await until([&] { return consumer.stats().reconnects == 1; });
            std::exception_ptr thrown;
            bool has_ended = false;
            const auto ended = [&](std::exception_ptr what) {
                thrown = what;
                has_ended = true;
            };
            asio::cancellation_signal stop;
            asio::co_spawn(context, consumer.commit(received),
                           asio::bind_cancellation_slot(stop.slot(), ended));
            co_await until([&] { return server.request_count("commit_offset") == 1; });
            co_await consumer.fetch_server_version();
            EXPECT_FALSE(has_ended);
            end(consumer, stop);
            if (subscribes) co_await consumer.subscribe(long_name);
            co_await until([&] { return has_ended; });
            try {
                if (thrown) std::rethrow_exception(thrown);
                ADD_FAILURE() << "committed what it does not have";
            } catch (const error& as_documented) {
                EXPECT_TRUE(as_documented.code() == asio::error::operation_aborted ||
                            as_documented.code() == errc::not_subscribed)
                    << as_documented.what();
            } catch (const std::exception& other) {
                ADD_FAILURE() << "not a tmq::error: " << other.what();
            }
            consumer.disconnect();
        });
    }
};

TEST_F(dead_member_interaction, a_commit_that_waits_ends_with_the_subscription) {
    commit_that_waits([](tmq::consumer& consumer, asio::cancellation_signal&) { consumer.disconnect(); },
                      true);
}

TEST_F(dead_member_interaction, a_commit_that_waits_can_be_cancelled) {
    commit_that_waits(
        [](tmq::consumer&, asio::cancellation_signal& stop) { stop.emit(asio::cancellation_type::terminal); },
        false);
}

TEST_F(feature_interaction, a_server_that_lists_very_many_vgroups_is_not_thought_about_for_long) {
    create_topic(1);
    std::string listed;
    for (int i = 1; i <= 50'000; ++i)
        listed += std::string(i == 1 ? "" : ",") + R"({"vgroup_id":)" + std::to_string(i) +
                  R"(,"offset":0,"begin":0,"end":0})";
    server.inject(fault::garbage_text(
                      R"({"code":0,"message":"","action":"assignment","req_id":3,"timing":0,"assignment":[)" +
                      listed + "]}")
                      .on("assignment"));
    tmq::consumer consumer(context, reconnecting());
    listen(consumer);
    run([&]() -> asio::awaitable<void> {
        const auto start = std::chrono::steady_clock::now();
        co_await error_of(consumer.subscribe(topic));
        EXPECT_LT(std::chrono::steady_clock::now() - start, 2s);
        consumer.disconnect();
    });
}

}  // namespace
}  // namespace tmq::test
