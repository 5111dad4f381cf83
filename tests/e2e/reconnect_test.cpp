#include "reconnecting.hpp"

#include <boost/asio/co_spawn.hpp>

namespace tmq::test {
namespace {

using reconnect = reconnecting_e2e;

struct variant {
    std::size_t prefetch;
    fetch_mode mode;
};

TEST_F(reconnect, goes_on_behind_the_last_message_that_was_taken) {
    create_topic(4);
    append(0, 4'000, 50, 1);
    for (const variant how :
         {variant{0, fetch_mode::automatic}, variant{1, fetch_mode::automatic},
          variant{8, fetch_mode::automatic}, variant{1, fetch_mode::block}, variant{0, fetch_mode::raw}}) {
        const std::string group =
            "group" + std::to_string(how.prefetch) + std::to_string(static_cast<int>(how.mode));
        tmq::consumer consumer(context, reconnecting(group).prefetch(how.prefetch).fetch_with(how.mode));
        listen(consumer);
        std::vector<int> seen(4'000);
        next.clear();
        run([&]() -> asio::awaitable<void> {
            co_await consumer.subscribe(topic);
            for (int cut = 0; cut < 10; ++cut) {
                co_await read(consumer, seen, 400);
                server.reset_all();
            }
            message received;
            EXPECT_FALSE(co_await consumer.poll(received, 300ms)) << "a row too many";
            co_await consumer.close();
        });
        EXPECT_EQ(count(seen), (delivery{4'000, 0, 0})) << group;
        EXPECT_EQ(consumer.stats().reconnects, 10U) << group;
    }
}

TEST_F(reconnect, with_latest_misses_nothing_that_came_while_the_connection_was_down) {
    create_topic(4);
    append(0, 400);
    std::vector<int> seen(1'000);
    const config changed_settings = reconnecting().start_at(offset_reset::latest);
    run_subscribed(changed_settings, [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        server.stop();
        // Nothing was delivered yet of any vgroup.
        append(400, 300);
        server.start();
        co_await read(consumer, seen, 300);
        server.stop();
        append(700, 300);
        server.start();
        co_await read(consumer, seen, 300);
    });
    EXPECT_EQ(count(seen), (delivery{600, 400, 0}));
    EXPECT_TRUE(std::all_of(seen.begin(), seen.begin() + 400, [](int times) { return times == 0; }));
}

TEST_F(reconnect, starts_where_another_member_has_committed_further) {
    create_topic(1);
    append(0, 300, 50, 1);
    std::vector<int> seen(300);
    run_subscribed(reconnecting(), [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        message received;
        EXPECT_TRUE(co_await consumer.poll(received, 5s));
        take(received, seen);
        server.commit("group", topic, received.vgroup(), server.end_offset(topic, received.vgroup()) - 1);
        server.reset_all();
        EXPECT_TRUE(co_await consumer.poll(received, 5s));
        take(received, seen);
        EXPECT_FALSE(co_await consumer.poll(received, 100ms));
    });
    EXPECT_EQ(seen.front(), 1);
    EXPECT_EQ(count(seen).repeated, 0U);
    EXPECT_GT(count(seen).lost, 0U) << "the other member has read them";
}

TEST_F(reconnect, is_reported_in_events) {
    create_topic(2);
    append(0, 200);
    std::vector<int> seen(200);
    run_subscribed(reconnecting(), [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        co_await read(consumer, seen, 200);
        server.reset_all();
        message received;
        EXPECT_FALSE(co_await consumer.poll(received, 50ms));
        co_await until_told<events::resumed>();
    });
    EXPECT_EQ(said.kinds(), "connected assigned disconnected reconnecting connected resumed");
    EXPECT_EQ(std::get<events::connected>(said.events[0]).peer.port(), server.port());
    EXPECT_EQ(said.last<events::assigned>()->vgroups.size(), 2U);
    EXPECT_TRUE(said.last<events::disconnected>()->reason.is_retriable());
    EXPECT_EQ(said.last<events::reconnecting>()->attempt, 1U);
    EXPECT_EQ(said.last<events::reconnecting>()->wait, 0ms);
    ASSERT_EQ(said.last<events::resumed>()->vgroups.size(), 2U);
    for (const partition_offset& at : said.last<events::resumed>()->vgroups)
        EXPECT_EQ(at.offset(), next[at.vgroup()]);
}

TEST_F(reconnect, polls_wait_within_their_timeout_while_there_is_no_server) {
    create_topic();
    append(0, 100);
    std::vector<int> seen(200);
    run_subscribed(reconnecting(), [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        co_await read(consumer, seen, 100);
        server.stop();
        message received;
        const auto start = std::chrono::steady_clock::now();
        EXPECT_FALSE(co_await consumer.poll(received, 50ms));
        EXPECT_GE(std::chrono::steady_clock::now() - start, 50ms);
        EXPECT_FALSE(co_await consumer.poll(received, 0ms));
        co_await until_told<events::reconnecting>(4);
        server.start();
        append(100, 100);
        co_await read(consumer, seen, 100);
    });
    EXPECT_EQ(count(seen), (delivery{200, 0, 0}));
}

TEST_F(reconnect, is_given_up_after_the_retries) {
    create_topic();
    const config changed_settings = reconnecting().reconnect_retries(3);
    run_subscribed(changed_settings, [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        server.stop();
        message received;
        EXPECT_EQ(co_await error_of(consumer.poll(received, 10s)), asio::error::connection_refused);
        EXPECT_EQ(co_await error_of(consumer.commit()), asio::error::connection_refused)
            << "every call says why";
        EXPECT_EQ(said.count<events::reconnecting>(), 3U);
        server.start();
        co_await consumer.subscribe(topic);
        EXPECT_FALSE(co_await consumer.poll(received, 1ms));
    });
}

TEST_F(reconnect, is_not_tried_without_retries) {
    create_topic();
    const config changed_settings = reconnecting().reconnect_retries(0);
    run_subscribed(changed_settings, [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        server.reset_all();
        message received;
        EXPECT_TRUE((co_await error_of(consumer.poll(received, 10s))).failed());
        EXPECT_EQ(said.count<events::reconnecting>(), 0U);
    });
}

TEST_F(reconnect, ends_when_the_topic_is_gone) {
    create_topic();
    run_subscribed(reconnecting(), [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        server.inject(fault::error_reply(0x3E1, "Topic not exist").on("subscribe"));
        server.reset_all();
        message received;
        EXPECT_EQ(co_await error_of(consumer.poll(received, 10s)), make_server_error(0x3E1));
        EXPECT_EQ(said.count<events::reconnecting>(), 1U);
    });
}

TEST_F(reconnect, the_first_connection_fails_at_once_unless_asked_otherwise) {
    create_topic();
    server.stop();
    tmq::consumer hasty(context, reconnecting());
    listen(hasty);
    tmq::consumer patient(context, reconnecting().reconnect_at_start(true));
    listen(patient);
    run([&]() -> asio::awaitable<void> {
        EXPECT_EQ(co_await error_of(hasty.subscribe(topic)), asio::error::connection_refused);
        EXPECT_EQ(said.count<events::reconnecting>(), 0U);
        asio::co_spawn(context, patient.subscribe(topic),
                       [](std::exception_ptr thrown) { EXPECT_FALSE(thrown); });
        co_await until_told<events::reconnecting>(3);
        server.start();
        co_await until_told<events::assigned>();
        message received;
        EXPECT_FALSE(co_await patient.poll(received, 1ms));
        co_await patient.close();
    });
}

TEST_F(reconnect, after_eviction_from_the_group) {
    create_topic(2);
    append(0, 400, 1, 1);
    std::vector<int> seen(400);
    tmq::consumer consumer(context, reconnecting().prefetch(4));
    listen(consumer);
    run([&]() -> asio::awaitable<void> {
        co_await consumer.subscribe(topic);
        for (int times = 0; times < 4; ++times) {
            co_await read(consumer, seen, 100);
            server.evict("group");
        }
        message received;
        EXPECT_FALSE(co_await consumer.poll(received, 100ms));
        co_await consumer.close();
    });
    EXPECT_EQ(count(seen), (delivery{400, 0, 0}));
    EXPECT_GE(consumer.stats().reconnects, 3U);
}

TEST_F(reconnect, goes_on_with_every_code_that_says_the_consumer_is_none) {
    create_topic(1);
    append(0, 100, 10, 1);
    std::vector<int> seen(100);
    tmq::consumer consumer(context, reconnecting());
    listen(consumer);
    run([&]() -> asio::awaitable<void> {
        co_await consumer.subscribe(topic);
        for (const std::uint32_t code : {0x4001U, 0x4002U, 0x4010U, 0x3E6U}) {
            server.inject(fault::error_reply(code, "no consumer").on("poll"));
            co_await read(consumer, seen, 20);
        }
        server.inject(fault::error_reply(0xFFFF, "tmq not init").on("poll"));
        co_await read(consumer, seen, 20);
        co_await consumer.close();
    });
    EXPECT_EQ(count(seen), (delivery{100, 0, 0}));
    EXPECT_EQ(consumer.stats().reconnects, 5U);
}

TEST_F(reconnect, tells_once_which_rows_the_server_has_removed) {
    create_topic(1);
    append(0, 100, 1, 1);
    std::vector<int> seen(100);
    tmq::consumer consumer(context, reconnecting());
    listen(consumer);
    const std::int32_t vgroup = server.vgroups(topic)[0];
    run([&]() -> asio::awaitable<void> {
        co_await consumer.subscribe(topic);
        co_await read(consumer, seen, 20);
        const std::int64_t stopped = next[vgroup];
        const std::int64_t begin = server.end_offset(topic, vgroup) - 30;
        server.stop();
        server.truncate_log(topic, vgroup, begin);
        server.start();
        message received;
        EXPECT_EQ(co_await error_of(consumer.poll(received, 10s)), errc::data_lost);
        const events::data_lost* const lost = said.last<events::data_lost>();
        EXPECT_NE(lost, nullptr);
        if (lost == nullptr) co_return;
        EXPECT_EQ(lost->first, stopped);
        EXPECT_EQ(lost->end, begin);
        co_await read(consumer, seen, 30);
        co_await consumer.close();
    });
    EXPECT_EQ(said.count<events::data_lost>(), 1U);
    EXPECT_EQ(count(seen), (delivery{50, 50, 0}));
}

TEST_F(reconnect, keeps_a_seek_back) {
    create_topic(1);
    append(0, 100, 10, 1);
    std::vector<int> seen(100);
    run_subscribed(reconnecting(), [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        co_await read(consumer, seen, 50);
        co_await consumer.commit();
        co_await consumer.seek_to_beginning(topic);
        next.clear();
        server.reset_all();
        co_await read(consumer, seen, 100);
    });
    EXPECT_EQ(count(seen), (delivery{100, 0, 50})) << "its own commit is no other member's";
}

TEST_F(reconnect, uses_the_endpoints_in_turn) {
    testing::server other(testing::server_options{});
    create_topic(1);
    other.create_topic(topic_options(std::string(topic)).database("power").kind(topic_kind::stable));
    std::vector<endpoint> both;
    both.emplace_back("127.0.0.1", server.port());
    both.emplace_back("127.0.0.1", other.port());
    run_subscribed(reconnecting().endpoints(both), [&](tmq::consumer&) -> asio::awaitable<void> {
        for (std::size_t cut = 1; cut <= 3; ++cut) {
            server.reset_all();
            other.reset_all();
            co_await until_told<events::connected>(cut + 1);
        }
    });
    EXPECT_EQ(server.accepted_count(), 2U);
    EXPECT_EQ(other.accepted_count(), 2U);
}

TEST_F(reconnect, uses_the_adapters_that_the_server_names) {
    testing::server other;
    other.create_topic(topic_options(std::string(topic)).database("power").kind(topic_kind::stable));
    testing::server named(testing::server_options().version("3.4.1.0").instances(
        {"127.0.0.1:" + std::to_string(other.port()), "not an address", "[::1"}));
    named.create_topic(topic_options(std::string(topic)).database("power").kind(topic_kind::stable));
    for (const bool asks : {false, true}) {
        tmq::consumer consumer(context,
                               reconnecting().port(named.port()).list_instances(asks).reconnect_retries(3));
        listen(consumer);
        run([&]() -> asio::awaitable<void> {
            co_await consumer.subscribe(topic);
            named.stop();
            message received;
            const boost::system::error_code outcome = co_await error_of(consumer.poll(received, 200ms));
            EXPECT_EQ(outcome, asks ? boost::system::error_code()
                                    : boost::system::error_code(asio::error::connection_refused));
            co_await consumer.close();
            named.start();
        });
        EXPECT_EQ(other.accepted_count(), asks ? 1U : 0U);
    }
}

TEST_F(reconnect, is_not_confused_by_replies_that_come_twice_or_late) {
    create_topic(2);
    append(0, 60, 1, 1);
    std::vector<int> seen(60);
    tmq::consumer consumer(context, reconnecting().prefetch(4).auto_commit(true).auto_commit_interval(1ms));
    listen(consumer);
    run([&]() -> asio::awaitable<void> {
        server.inject(fault::duplicate().on("poll").times(10));
        server.inject(fault::duplicate().on("fetch_raw_data").skip(3).times(10));
        server.inject(fault::duplicate().on("commit_offset").times(5));
        server.inject(fault::duplicate().on("assignment"));
        server.inject(fault::duplicate().on("subscribe"));
        co_await consumer.subscribe(topic);
        co_await read(consumer, seen, 40);
        // Answered behind the request that follows it.
        server.inject(fault::withhold(1).on("assignment"));
        std::size_t answered = 0;
        asio::co_spawn(context, consumer.assignment(),
                       [&answered](std::exception_ptr thrown, const std::vector<assigned_vgroup>& assigned) {
                           EXPECT_FALSE(thrown);
                           EXPECT_EQ(assigned.size(), 2U);
                           ++answered;
                       });
        co_await until([this] { return server.request_count("assignment") == 2; });
        co_await consumer.fetch_server_version();
        co_await until([&answered] { return answered == 1; });
        co_await read(consumer, seen, 20);
        co_await consumer.close();
    });
    EXPECT_EQ(count(seen), (delivery{60, 0, 0}));
    EXPECT_EQ(consumer.stats().reconnects, 0U);
    EXPECT_GE(consumer.stats().late_replies, 25U);
}

TEST_F(reconnect, requests_of_the_application_are_sent_again) {
    create_topic(1);
    append(0, 100, 10, 1);
    const std::int32_t vgroup = server.vgroups(topic)[0];
    run_subscribed(reconnecting(), [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        message received;
        EXPECT_TRUE(co_await consumer.poll(received, 5s));
        const std::vector<topic_partition> here(1, received.partition());
        for (const bool carried_out : {false, true}) {
            const auto cut = [&](std::string_view action) {
                server.inject(fault::reset().on(std::string(action)).carry_out(carried_out));
            };
            cut("commit_offset");
            co_await consumer.commit(received);
            EXPECT_EQ(server.committed("group", topic, vgroup), received.next_offset().value());
            cut("committed");
            const consumer::known_offsets committed = co_await consumer.committed(here);
            EXPECT_EQ(committed.at(0).second, received.next_offset().value());
            cut("position");
            const consumer::known_offsets position = co_await consumer.position(here);
            EXPECT_EQ(position.at(0).second, received.next_offset().value());
            cut("list_topics");
            EXPECT_EQ((co_await consumer.fetch_subscription()).size(), 1U);
            cut("version");
            EXPECT_FALSE((co_await consumer.fetch_server_version()).empty());
            cut("assignment");
            EXPECT_EQ((co_await consumer.assignment()).size(), 1U);
            cut("seek");
            co_await consumer.seek_to_beginning(topic);
            EXPECT_TRUE(co_await consumer.poll(received, 5s));
            EXPECT_EQ(received.offset(), 0);
        }
        EXPECT_EQ(consumer.stats().reconnects, 14U);
    });
}

TEST_F(reconnect, a_message_over_the_limit_is_not_asked_for_again_and_again) {
    create_topic(1);
    append(0, 20'000, 20'000, 8);
    tmq::consumer consumer(context, reconnecting().max_message_size(65'536));
    listen(consumer);
    run([&]() -> asio::awaitable<void> {
        co_await consumer.subscribe(topic);
        message received;
        EXPECT_EQ(co_await error_of(consumer.poll(received, 10s)), errc::message_too_big);
        co_await consumer.close();
    });
    EXPECT_EQ(consumer.stats().connections, 1U);
}

TEST_F(reconnect, the_application_learns_of_a_server_that_breaks_the_rules) {
    create_topic(1);
    append(0, 100, 10, 1);
    std::vector<int> seen(100);
    run_subscribed(reconnecting(), [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        server.inject(fault::garbage_text().on("poll"));
        message received;
        const std::optional<error> why = co_await error_thrown_by(consumer.poll(received, 10s));
        EXPECT_TRUE(why && why->code() == errc::unexpected_reply);
        if (why) {
            EXPECT_EQ(why->detail(), "reply is not a JSON object");
        }
        co_await read(consumer, seen, 100);
    });
    EXPECT_EQ(count(seen), (delivery{100, 0, 0}));
}

TEST_F(reconnect, ends_with_close_or_cancel_at_any_time) {
    create_topic(1);
    for (const bool closes : {true, false}) {
        tmq::consumer consumer(context, reconnecting());
        listen(consumer);
        run([&]() -> asio::awaitable<void> {
            const std::size_t before = said.count<events::reconnecting>();
            co_await consumer.subscribe(topic);
            server.stop();
            co_await until_told<events::reconnecting>(before + 2);
            if (closes) {
                co_await consumer.close();
            } else {
                consumer.disconnect();
            }
            message received;
            EXPECT_EQ(
                co_await error_of(consumer.poll(received, 10s)),
                closes ? make_error_code(errc::closed) : make_error_code(asio::error::operation_aborted));
            server.start();
        });
    }
    EXPECT_EQ(server.connection_count(), 0U);
}

}  // namespace
}  // namespace tmq::test
