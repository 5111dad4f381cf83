#include "e2e.hpp"
#include "support/certificates.hpp"
#include "support/fault_proxy.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

namespace tmq::test {
namespace {

class statistics : public e2e {
  protected:
    void SetUp() override { create_topic(); }

    /// Messages of two blocks with five rows each.
    void append_messages(testing::server& to, int count) {
        std::vector<block_builder> blocks;
        for (std::uint32_t table = 0; table < 2; ++table) {
            blocks.push_back(meters.make_block(table));
            for (std::uint64_t row = 0; row < 5; ++row)
                meters.add_row(blocks.back(), row * meters.tables() + table);
        }
        for (int i = 0; i < count; ++i)
            to.append(topic, to.vgroups(topic).front(), blocks);
    }
    void append_messages(int count) { append_messages(server, count); }

    /// Polls so many messages and returns the bytes of their content.
    static asio::awaitable<std::uint64_t> poll_messages(tmq::consumer& consumer, int count) {
        std::uint64_t bytes = 0;
        message received;
        for (int i = 0; i < count; ++i) {
            const bool got = co_await consumer.poll(received, 5s);
            EXPECT_TRUE(got);
            bytes += received.raw().size();
        }
        co_return bytes;
    }
    std::uint64_t requests_but_polls() const { return server.request_count() - server.request_count("poll"); }
};

TEST_F(statistics, are_all_zero_before_the_first_connection) {
    const stats none = make_consumer().stats();
    for (const std::uint64_t count :
         {none.messages, none.blocks, none.rows, none.bytes_received, none.bytes_sent, none.bytes_inflated,
          none.polls, none.empty_polls, none.commits, none.connections, none.reconnects, none.late_replies,
          none.round_trip.count, none.read_ahead})
        EXPECT_EQ(count, 0U);
    for (const std::chrono::nanoseconds time :
         {none.round_trip.min, none.round_trip.mean, none.round_trip.p50, none.round_trip.p99,
          none.round_trip.max, none.server_time, none.ready_time})
        EXPECT_EQ(time, 0ns);
}

TEST_F(statistics, count_what_was_delivered) {
    append_messages(3);
    run([&]() -> asio::awaitable<void> {
        auto consumer = make_consumer();
        co_await consumer.subscribe(topic);
        EXPECT_EQ(consumer.stats().messages, 0U);
        co_await poll_messages(consumer, 1);
        EXPECT_EQ(consumer.stats().messages, 1U);
        EXPECT_EQ(consumer.stats().blocks, 2U);
        EXPECT_EQ(consumer.stats().rows, 10U);
        co_await poll_messages(consumer, 2);
        EXPECT_EQ(consumer.stats().messages, 3U);
        EXPECT_EQ(consumer.stats().blocks, 6U);
        EXPECT_EQ(consumer.stats().rows, 30U);
        co_await consumer.close();
        EXPECT_EQ(consumer.stats().rows, 30U) << "they outlive the connection";
    });
}

TEST_F(statistics, count_polls_and_those_without_a_message) {
    append_messages(3);
    run_subscribed([&](tmq::consumer& consumer) -> asio::awaitable<void> {
        co_await poll_messages(consumer, 3);
        EXPECT_EQ(consumer.stats().polls, 3U);
        EXPECT_EQ(consumer.stats().empty_polls, 0U);

        message received;
        EXPECT_FALSE(co_await consumer.poll(received, 20ms));
        co_await until([&] { return consumer.stats().polls == 4; });
        EXPECT_EQ(consumer.stats().empty_polls, 1U);
        EXPECT_EQ(server.request_count("poll"), 4U);

        server.inject(fault::error_reply(0x4001, "Consumer mismatch").on("poll"));
        EXPECT_EQ(co_await error_of(consumer.poll(received, 5s)), make_server_error(0x4001));
        EXPECT_EQ(consumer.stats().polls, 5U);
        EXPECT_EQ(consumer.stats().empty_polls, 2U);
    });
}

TEST_F(statistics, count_the_slices_of_a_long_poll) {
    run([&]() -> asio::awaitable<void> {
        config sliced = settings();
        sliced.poll_slice(10ms);
        tmq::consumer consumer(context, sliced);
        co_await consumer.subscribe(topic);
        message received;
        EXPECT_FALSE(co_await consumer.poll(received, 100ms));
        co_await until([&] { return consumer.stats().polls == server.request_count("poll"); });
        EXPECT_GE(consumer.stats().polls, 2U);
        EXPECT_EQ(consumer.stats().empty_polls, consumer.stats().polls);
        EXPECT_EQ(consumer.stats().messages, 0U);
        co_await consumer.close();
    });
}

TEST_F(statistics, count_commits_that_the_server_accepted) {
    append_messages(3);
    run_subscribed([&](tmq::consumer& consumer) -> asio::awaitable<void> {
        message received;
        EXPECT_TRUE(co_await consumer.poll(received, 5s));
        co_await consumer.commit(received);
        EXPECT_EQ(consumer.stats().commits, 1U);
        EXPECT_TRUE(co_await consumer.poll(received, 5s));
        co_await consumer.commit();
        EXPECT_EQ(consumer.stats().commits, 2U);
        co_await consumer.commit();
        EXPECT_EQ(consumer.stats().commits, 2U) << "there was nothing to commit";
        server.inject(fault::error_reply(0x4007, "Offset out of range").on("commit_offset"));
        EXPECT_EQ(co_await error_of(consumer.commit(received)), make_server_error(0x4007));
        EXPECT_EQ(consumer.stats().commits, 2U);
        EXPECT_EQ(server.request_count("commit_offset"), 3U);
    });
}

TEST_F(statistics, tell_polls_and_commits_apart) {
    append_messages(3);
    run_subscribed([&](tmq::consumer& consumer) -> asio::awaitable<void> {
        message received;
        EXPECT_TRUE(co_await consumer.poll(received, 5s));
        co_await consumer.commit(received);
        server.inject(fault::error_reply(0x4007, "Offset out of range").on("commit_offset"));
        EXPECT_EQ(co_await error_of(consumer.commit(received)), make_server_error(0x4007));
        const stats now = consumer.stats();
        EXPECT_EQ(now.poll_wait.count, now.polls);
        EXPECT_GT(now.poll_wait.min, 0ns);
        EXPECT_EQ(now.commit_round_trip.count, 2U) << "the refused one too";
        EXPECT_GT(now.round_trip.count, now.commit_round_trip.count);
        for (const latency_summary& times : {now.round_trip, now.poll_wait, now.commit_round_trip}) {
            std::uint64_t counted = 0;
            for (const latency_bucket& bucket : times.buckets)
                counted += bucket.count;
            EXPECT_EQ(counted, times.count);
            EXPECT_GE(times.total, times.max);
        }
    });
}

TEST_F(statistics, have_the_figures_of_each_vgroup) {
    append_messages(3);
    run_subscribed([&](tmq::consumer& consumer) -> asio::awaitable<void> {
        message received;
        EXPECT_TRUE(co_await consumer.poll(received, 5s));
        const std::uint64_t size = received.raw().size();
        co_await consumer.commit(received);
        EXPECT_TRUE(co_await consumer.poll(received, 5s));
        co_await consumer.lag();
        stats now = consumer.stats();
        EXPECT_EQ(now.vgroups.size(), 1U);
        if (now.vgroups.size() != 1) co_return;
        const vgroup_stats& vgroup = now.vgroups[0];
        EXPECT_EQ(vgroup.topic, topic);
        EXPECT_EQ(vgroup.vgroup, received.vgroup());
        EXPECT_EQ(vgroup.messages, 2U);
        EXPECT_EQ(vgroup.rows, 20U);
        EXPECT_EQ(vgroup.bytes, 2 * size);
        EXPECT_EQ(vgroup.position, received.next_offset());
        EXPECT_EQ(vgroup.committed, received.offset());
        EXPECT_EQ(vgroup.lag, 1);
        const timestamp newest = meters.row(4 * meters.tables() + 1).ts;
        const auto since = std::chrono::system_clock::now() - newest.to<std::chrono::nanoseconds>();
        EXPECT_LT(*vgroup.age, since);
        EXPECT_GT(*vgroup.age, since - 1min);

        co_await consumer.seek(partition_offset(topic, vgroup.vgroup, 0));
        EXPECT_EQ(consumer.stats().vgroups[0].position, 0);
        EXPECT_EQ(consumer.stats().vgroups[0].lag, 3);
        co_await consumer.unsubscribe();
        co_await consumer.subscribe(topic);
        co_await poll_messages(consumer, 1);
        now = consumer.stats();
        EXPECT_EQ(now.vgroups.size(), 1U) << "a new subscription counts on";
        EXPECT_EQ(now.vgroups[0].messages, 3U);
    });
}

TEST_F(statistics, of_two_readings_have_a_difference) {
    append_messages(5);
    run_subscribed([&](tmq::consumer& consumer) -> asio::awaitable<void> {
        co_await poll_messages(consumer, 2);
        const stats before = consumer.stats();
        co_await poll_messages(consumer, 3);
        const stats between = difference(consumer.stats(), before);
        EXPECT_EQ(between.messages, 3U);
        EXPECT_EQ(between.rows, 30U);
        EXPECT_EQ(between.connections, 0U);
        EXPECT_EQ(between.vgroups.at(0).messages, 3U);
        EXPECT_LE(between.poll_wait.count, 3U);
    });
}

TEST_F(statistics, count_connections_and_keep_counting_over_them) {
    append_messages(2);
    run_subscribed([&](tmq::consumer& consumer) -> asio::awaitable<void> {
        EXPECT_EQ(consumer.stats().connections, 1U);
        co_await poll_messages(consumer, 1);
        consumer.disconnect();
        co_await consumer.subscribe(topic);
        EXPECT_EQ(consumer.stats().connections, 2U);
        EXPECT_EQ(consumer.stats().reconnects, 0U) << "subscribe made it, not the consumer by itself";
        co_await poll_messages(consumer, 2);
        EXPECT_EQ(consumer.stats().messages, 3U);
        EXPECT_EQ(server.accepted_count(), 2U);
    });
}

TEST_F(statistics, a_connection_that_was_not_made_is_not_counted) {
    server.inject(fault::error_reply(503, "busy").on("upgrade"));
    run([&]() -> asio::awaitable<void> {
        auto consumer = make_consumer();
        EXPECT_EQ(co_await error_of(consumer.subscribe(topic)), errc::upgrade_refused);
        EXPECT_EQ(consumer.stats().connections, 0U);
        EXPECT_GT(consumer.stats().bytes_sent, 0U) << "the upgrade was sent";
        EXPECT_GT(consumer.stats().bytes_received, 0U) << "and refused";
        EXPECT_EQ(consumer.stats().round_trip.count, 0U);
    });
}

TEST_F(statistics, count_replies_that_nobody_waits_for_any_more) {
    run([&]() -> asio::awaitable<void> {
        auto consumer = make_consumer();
        co_await consumer.subscribe(topic);
        EXPECT_EQ(consumer.stats().late_replies, 0U);
        message received;
        boost::system::error_code code;
        bool finished = false;
        auto waiting = [&]() -> asio::awaitable<void> {
            code = co_await error_of(consumer.poll(received, 20s));
            finished = true;
        };
        asio::co_spawn(context, waiting(), asio::detached);
        co_await until_polls_wait(1);
        co_await consumer.unsubscribe();
        co_await until([&] { return finished && consumer.stats().late_replies == 1; });
        EXPECT_EQ(code, errc::not_subscribed);
        EXPECT_EQ(consumer.stats().polls, 1U) << "it was answered all the same";
        co_await consumer.close();
        EXPECT_EQ(consumer.stats().late_replies, 1U);
    });
}

TEST_F(statistics, count_the_bytes_that_went_over_the_wire) {
    append_messages(20);
    fault_proxy between(server.port());
    run([&]() -> asio::awaitable<void> {
        config relayed = settings();
        relayed.port(between.port());
        tmq::consumer consumer(context, relayed);
        co_await consumer.subscribe(topic);
        co_await poll_messages(consumer, 20);
        co_await consumer.commit();
        const auto all_counted = [&] {
            const stats now = consumer.stats();
            return now.bytes_received == between.bytes(direction::to_client) &&
                   now.bytes_sent == between.bytes(direction::to_server);
        };
        co_await until(all_counted);
        EXPECT_EQ(consumer.stats().bytes_inflated, 0U);
        co_await consumer.close();
    });
}

TEST_F(statistics, count_compressed_bytes_before_and_after) {
    append_messages(20);
    std::uint64_t plain = 0;
    fault_proxy between(server.port());
    run([&]() -> asio::awaitable<void> {
        auto without = make_consumer("plain");
        co_await without.subscribe(topic);
        co_await poll_messages(without, 20);
        plain = without.stats().bytes_received;
        co_await without.close();

        config relayed = settings("compressed");
        relayed.port(between.port()).compression(true);
        tmq::consumer consumer(context, relayed);
        co_await consumer.subscribe(topic);
        const std::uint64_t content = co_await poll_messages(consumer, 20);
        co_await until(
            [&] { return consumer.stats().bytes_received == between.bytes(direction::to_client); });
        const stats now = consumer.stats();
        EXPECT_GT(now.bytes_inflated, content) << "replies have more than the message's content";
        EXPECT_LT(now.bytes_inflated, plain) << "frame heads and the upgrade are not compressed";
        EXPECT_LT(now.bytes_received, plain);
        co_await consumer.close();
    });
}

TEST_F(statistics, count_bytes_without_what_tls_adds) {
    const certificate_authority authority;
    const identity shown = authority.issue(loopback());
    testing::server secure(testing::server_options().tls(shown.certificate, shown.private_key));
    secure.create_topic(topic_options(std::string(topic)).kind(topic_kind::stable));
    append_messages(secure, 20);
    fault_proxy between(secure.port());
    run([&]() -> asio::awaitable<void> {
        config relayed(secure.url());
        relayed.port(between.port())
            .group_id("group")
            .start_at(offset_reset::earliest)
            .tls_settings(tls_options().ca_pem(authority.pem()));
        tmq::consumer consumer(context, relayed);
        co_await consumer.subscribe(topic);
        const std::uint64_t content = co_await poll_messages(consumer, 20);
        const stats now = consumer.stats();
        EXPECT_GT(now.bytes_received, content);
        EXPECT_LT(now.bytes_received, between.bytes(direction::to_client));
        EXPECT_LT(now.bytes_sent, between.bytes(direction::to_server));
        co_await consumer.close();
    });
}

TEST_F(statistics, time_every_request_but_poll) {
    append_messages(10);
    run(
        [&]() -> asio::awaitable<void> {
            auto consumer = make_consumer();
            const auto start = std::chrono::steady_clock::now();
            co_await consumer.subscribe(topic);
            EXPECT_EQ(consumer.stats().round_trip.count, 6U)
                << "version, subscribe, assignment, position, seek and committed";
            co_await poll_messages(consumer, 10);
            co_await consumer.commit();
            co_await consumer.assignment();
            server.inject(fault::delay(50ms).on("list_topics"));
            co_await consumer.fetch_subscription();
            server.inject(fault::error_reply(0x0118, "Invalid parameters").on("assignment"));
            EXPECT_EQ(co_await error_of(consumer.assignment()), make_server_error(0x0118));

            const latency_summary trip = consumer.stats().round_trip;
            EXPECT_EQ(trip.count, 20U)
                << "ten fetches, a commit, two assignments and a list of topics more, refused ones too";
            EXPECT_EQ(trip.count, requests_but_polls());
            EXPECT_GT(trip.min, 0ns);
            EXPECT_LE(trip.min, trip.p50);
            EXPECT_LE(trip.p50, trip.p99);
            EXPECT_LE(trip.p99, trip.max);
            EXPECT_LE(trip.min, trip.mean);
            EXPECT_LE(trip.mean, trip.max);
            EXPECT_GE(trip.max, 50ms);
            EXPECT_LE(trip.max, std::chrono::steady_clock::now() - start);
            co_await consumer.close();
            EXPECT_EQ(consumer.stats().round_trip.count, 21U) << "and unsubscribe";
        });
}

TEST_F(statistics, add_up_what_the_server_says_it_worked) {
    run_subscribed([&](tmq::consumer& consumer) -> asio::awaitable<void> {
        const auto reply = [](int req_id, const std::string& timing) {
            return fault::garbage_text(R"({"code":0,"message":"","action":"list_topics","req_id":)" +
                                       std::to_string(req_id) + R"(,"timing":)" + timing +
                                       R"(,"topics":["topic_meters"]})")
                .on("list_topics");
        };
        std::chrono::nanoseconds before = consumer.stats().server_time;
        server.inject(reply(7, "1234"));
        co_await consumer.fetch_subscription();
        EXPECT_EQ(consumer.stats().server_time - before, 1234ns);

        for (const std::string impossible : {"9223372036854775807", "-1"}) {
            before = consumer.stats().server_time;
            const auto start = std::chrono::steady_clock::now();
            server.inject(reply(impossible == "-1" ? 9 : 8, impossible));
            co_await consumer.fetch_subscription();
            const std::chrono::nanoseconds added = consumer.stats().server_time - before;
            EXPECT_GE(added, 0ns) << "no clock runs backwards";
            EXPECT_LE(added, std::chrono::steady_clock::now() - start) << "and none faster than ours";
        }
    });
}

TEST_F(statistics, tell_of_a_message_that_lies_ready_and_for_how_long) {
    append_messages(1);
    server.inject(fault::delay(50ms).on("fetch_raw_data"));
    run_subscribed([&](tmq::consumer& consumer) -> asio::awaitable<void> {
        const auto begin = std::chrono::steady_clock::now();
        message received;
        EXPECT_FALSE(co_await consumer.poll(received, 10ms));
        EXPECT_EQ(consumer.stats().read_ahead, 0U);
        co_await until([&] { return consumer.stats().read_ahead == 1; });
        const auto ready = std::chrono::steady_clock::now();
        co_await consumer.fetch_server_version();
        EXPECT_EQ(consumer.stats().messages, 0U);
        EXPECT_EQ(consumer.stats().ready_time, 0ns);
        const auto before = std::chrono::steady_clock::now();
        EXPECT_TRUE(co_await consumer.poll(received, 5s));
        const stats now = consumer.stats();
        EXPECT_EQ(now.read_ahead, 0U);
        EXPECT_EQ(now.messages, 1U);
        EXPECT_GE(now.ready_time, before - ready);
        EXPECT_LE(now.ready_time, std::chrono::steady_clock::now() - begin - 40ms)
            << "it was not ready before its fetch was answered";
    });
}

}  // namespace
}  // namespace tmq::test
