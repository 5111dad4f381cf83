#include "filled_topic.hpp"

#include <boost/asio/co_spawn.hpp>

namespace tmq::test {
namespace {

class seek_to_time : public filled_topic {
  protected:
    seek_to_time() : filled_topic(800) {}

    timestamp time_of(std::uint64_t row) const { return meters.row(row).ts; }
    /// Takes messages until none comes for a while.
    asio::awaitable<std::vector<int>> read_rest(tmq::consumer& consumer, std::vector<int> seen) {
        message received;
        while (co_await consumer.poll(received, 200ms))
            if (received.topic() == topic) check_rows(received, meters, seen);
        co_return seen;
    }
    /// Rows from `first` on must have come once; of those before, at most the beginning of a message of each
    /// table.
    static void expect_rows_from(const std::vector<int>& seen, std::uint64_t first) {
        std::uint64_t older = 0;
        for (std::uint64_t row = 0; row < seen.size(); ++row) {
            if (row >= first)
                EXPECT_EQ(seen[row], 1) << row;
            else
                older += static_cast<std::uint64_t>(seen[row]);
        }
        // A vgroup has two tables, and a message ten rows of one of them.
        EXPECT_LE(older, 4U * 2U * 10U);
    }
};

TEST_F(seek_to_time, delivers_every_row_of_that_time_or_later) {
    run_subscribed([&](tmq::consumer& consumer) -> asio::awaitable<void> {
        for (const std::uint64_t first : {400U, 0U, 799U, 123U}) {
            co_await consumer.seek_to_time(topic, time_of(first));
            expect_rows_from(co_await read_rest(consumer, std::vector<int>(rows)), first);
        }
    });
}

TEST_F(seek_to_time, after_the_last_row_is_the_end_of_the_log) {
    run_subscribed([&](tmq::consumer& consumer) -> asio::awaitable<void> {
        co_await consumer.seek_to_time(topic, time_of(rows));
        const std::vector<int> seen = co_await read_rest(consumer, std::vector<int>(rows + 20));
        EXPECT_EQ(count(seen).delivered, 0U);
        append(rows, 20, 10, 1);
        EXPECT_EQ(count(co_await read_rest(consumer, seen)).delivered, 20U);
    });
}

TEST_F(seek_to_time, passes_over_entries_without_rows) {
    for (const std::int32_t vgroup : server.vgroups(topic))
        server.advance_log(topic, vgroup, 100);
    run_subscribed([&](tmq::consumer& consumer) -> asio::awaitable<void> {
        co_await consumer.seek_to_time(topic, time_of(400));
        expect_rows_from(co_await read_rest(consumer, std::vector<int>(rows)), 400);
    });
}

TEST_F(seek_to_time, leaves_other_topics_where_they_are) {
    server.create_topic(topic_options("alarms").vgroups(2));
    append_meters(server, "alarms", meters, 0, 200, 10, 1);
    run([&]() -> asio::awaitable<void> {
        tmq::consumer consumer = make_consumer();
        std::vector<std::string> topics{std::string(topic), "alarms"};
        co_await consumer.subscribe(std::move(topics));
        std::vector<int> alarms(200);
        message received;
        while (count(alarms).delivered < 60) {
            EXPECT_TRUE(co_await consumer.poll(received, 5s));
            if (received.topic() == "alarms") check_rows(received, meters, alarms);
        }
        co_await consumer.seek_to_time(topic, time_of(500));
        std::vector<int> seen(rows);
        while (co_await consumer.poll(received, 200ms))
            check_rows(received, meters, received.topic() == topic ? seen : alarms);
        EXPECT_EQ(count(alarms), (delivery{200, 0, 0}));
        expect_rows_from(seen, 500);
        co_await consumer.close();
    });
}

TEST_F(seek_to_time, that_is_cancelled_changes_nothing) {
    run_subscribed([&](tmq::consumer& consumer) -> asio::awaitable<void> {
        std::vector<int> seen(rows);
        message received;
        while (count(seen).delivered < 200) {
            EXPECT_TRUE(co_await consumer.poll(received, 5s));
            check_rows(received, meters, seen);
        }
        for (const std::size_t seeks : {1U, 4U, 9U}) {
            std::optional<boost::system::error_code> code;
            const std::size_t before = server.request_count("seek");
            asio::co_spawn(context, error_of(consumer.seek_to_time(topic, time_of(700))),
                           [&](std::exception_ptr, boost::system::error_code ec) { code = ec; });
            co_await until([&] { return server.request_count("seek") >= before + seeks; });
            EXPECT_EQ(co_await error_of(consumer.poll(received, 1s)), errc::operation_in_progress);
            consumer.cancel();
            co_await until([&] { return code.has_value(); });
            EXPECT_EQ(*code, asio::error::operation_aborted);
        }
        EXPECT_EQ(count(co_await read_rest(consumer, seen)), (delivery{rows, 0, 0}));
    });
}

TEST_F(seek_to_time, commits_nothing_of_what_it_reads) {
    config with_auto_commit = settings();
    with_auto_commit.auto_commit(true).auto_commit_interval(1ms);
    run_subscribed(with_auto_commit, [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        co_await consumer.seek_to_time(topic, time_of(400));
        co_await tick();
    });
    EXPECT_EQ(server.request_count("commit_offset") + server.request_count("commit"), 0U);
}

TEST_F(seek_to_time, is_refused_during_a_poll_and_without_times) {
    server.create_topic(topic_options("texts"));
    block_builder texts;
    texts.column("text", data_type::varchar).row("no time");
    server.append("texts", server.vgroups("texts")[0], texts);
    run([&]() -> asio::awaitable<void> {
        tmq::consumer consumer = make_consumer();
        EXPECT_EQ(co_await error_of(consumer.seek_to_time("texts", time_of(0))), errc::not_subscribed);
        co_await consumer.subscribe("texts");
        EXPECT_EQ(co_await error_of(consumer.seek_to_time("texts", time_of(0))), errc::no_such_column);
        message received;
        EXPECT_TRUE(co_await consumer.poll(received, 5s));
        bool is_done = false;
        asio::co_spawn(context, error_of(consumer.poll(received)),
                       [&](std::exception_ptr, boost::system::error_code) { is_done = true; });
        co_await tick();
        EXPECT_EQ(co_await error_of(consumer.seek_to_time("texts", time_of(0))), errc::operation_in_progress);
        co_await consumer.close();
        co_await until([&] { return is_done; });
    });
}

}  // namespace
}  // namespace tmq::test
