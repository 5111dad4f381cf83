#include "reconnecting.hpp"

#include <algorithm>

// Logs as a real server writes them: an entry for each insert, which polls gather, and entries without rows
// whenever consumers come or commit.

namespace tmq::test {
namespace {

class growing_log : public reconnecting_e2e {
  protected:
    explicit growing_log(testing::server_options options = {}) : reconnecting_e2e(std::move(options)) {}

    /// One insert of so many rows of each table, in turn, all in one vgroup.
    void insert(std::uint64_t first, std::uint64_t rows_of_each) {
        for (std::uint32_t table = 0; table < meters.tables(); ++table) {
            block_builder block = meters.make_block(table);
            for (std::uint64_t i = 0; i < rows_of_each; ++i)
                meters.add_row(block, first + i * meters.tables() + table);
            server.insert(topic, server.vgroups(topic)[0], block);
        }
    }
    std::int64_t end() const { return server.end_offset(topic, server.vgroups(topic)[0]); }
    std::optional<std::int64_t> committed() const {
        return server.committed("group", topic, server.vgroups(topic)[0]);
    }
    asio::awaitable<std::int64_t> lag(tmq::consumer& consumer) {
        std::int64_t all = 0;
        const std::vector<vgroup_lag> each = co_await consumer.lag();
        for (const vgroup_lag& one : each)
            all += one.entries().value_or(1'000'000);
        co_return all;
    }
    /// Polls, without a message, until nothing is left to be read.
    asio::awaitable<void> until_at_end(tmq::consumer& consumer) {
        message received;
        const auto deadline = std::chrono::steady_clock::now() + 10s;
        std::int64_t left = co_await lag(consumer);
        while (left != 0 && std::chrono::steady_clock::now() < deadline) {
            const bool got = co_await consumer.poll(received, 10ms);
            EXPECT_FALSE(got);
            left = co_await lag(consumer);
        }
        EXPECT_EQ(left, 0);
    }
    /// Polls once, or until the consumer has asked where the server stands.
    asio::awaitable<void> poll_in_vain(tmq::consumer& consumer, bool until_it_has_looked) {
        const std::size_t looks = server.request_count("position");
        message received;
        do {
            const bool got = co_await consumer.poll(received, 10ms);
            EXPECT_FALSE(got);
        } while (until_it_has_looked && server.request_count("position") == looks);
    }
};

TEST_F(growing_log, of_many_tables_comes_in_one_message_with_their_names) {
    create_topic();
    insert(0, 10);
    insert(80, 5);
    std::vector<int> seen(120);
    run_subscribed(reconnecting(), [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        message received;
        EXPECT_TRUE(co_await consumer.poll(received, 5s));
        take(received, seen);
        EXPECT_EQ(received.offset(), 0);
        EXPECT_EQ(received.next_offset(), 16);
        EXPECT_EQ(received.blocks().size(), 16U);
        std::vector<std::string> tables;
        for (const block_view block : received.blocks())
            tables.emplace_back(block.table_name());
        for (std::uint32_t i = 0; i < 16; ++i)
            EXPECT_EQ(tables[i], meter_source::table_name(i % 8));
        EXPECT_FALSE(co_await consumer.poll(received, 10ms));
    });
    EXPECT_EQ(count(seen), (delivery{120, 0, 0}));
}

TEST_F(growing_log, is_cut_into_messages_of_enough_rows) {
    create_topic();
    for (std::uint64_t i = 0; i < 10; ++i)
        insert(8'000 * i, 1'000);
    std::vector<int> seen(80'000);
    tmq::consumer consumer(context, reconnecting().prefetch(2));
    listen(consumer);
    run([&]() -> asio::awaitable<void> {
        co_await consumer.subscribe(topic);
        co_await read(consumer, seen, 40'000);
        server.reset_all();
        co_await read(consumer, seen, 40'000);
        co_await consumer.close();
    });
    EXPECT_EQ(count(seen), (delivery{80'000, 0, 0}));
    EXPECT_EQ(consumer.stats().messages, 16U) << "five inserts of 1000 rows in each";
}

TEST_F(growing_log, is_read_to_its_end_though_nothing_is_there) {
    create_topic(2);
    insert(0, 1);
    for (const std::int32_t vgroup : server.vgroups(topic))
        server.advance_log(topic, vgroup, 3);
    std::vector<int> seen(8);
    const config changed_settings = reconnecting().assignment_interval(100ms);
    run_subscribed(changed_settings, [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        co_await read(consumer, seen, 8);
        co_await until_at_end(consumer);
        for (const std::int32_t vgroup : server.vgroups(topic))
            server.advance_log(topic, vgroup, 5);
        EXPECT_EQ(co_await lag(consumer), 0) << "nobody has polled since";
        co_await until_at_end(consumer);
    });
    EXPECT_EQ(count(seen), (delivery{8, 0, 0}));
}

TEST_F(growing_log, is_resumed_exactly_whether_or_not_the_server_had_gone_on) {
    create_topic();
    std::vector<int> seen(200);
    for (const bool looks : {false, true}) {
        const std::uint64_t first = looks ? 100 : 0;
        tmq::consumer consumer(context, reconnecting(looks ? "looks" : "does not")
                                            .assignment_interval(looks ? 100ms : 0ms)
                                            .start_at(offset_reset::latest));
        listen(consumer);
        next.clear();
        run([&]() -> asio::awaitable<void> {
            co_await consumer.subscribe(topic);
            for (std::uint64_t i = 0; i < 10; ++i) {
                append(first + 10 * i, 10, 10, 8);
                co_await read(consumer, seen, 10);
                server.advance_log(topic, server.vgroups(topic)[0], 1);
                if (i % 2 != 0) co_await poll_in_vain(consumer, looks);
                server.reset_all();
            }
            co_await consumer.close();
        });
    }
    EXPECT_EQ(count(seen), (delivery{200, 0, 0}));
    EXPECT_EQ(said.count<events::data_lost>(), 0U);
}

class busy_log : public growing_log {
  protected:
    busy_log() : growing_log(testing::server_options().log_growth(2).commit_growth(1)) {}
};

TEST_F(busy_log, that_commits_let_grow_keeps_nobody_from_committing_what_was_read) {
    create_topic();
    std::vector<int> seen(400);
    for (int life = 0; life < 5; ++life) {
        insert(80 * static_cast<std::uint64_t>(life), 10);
        tmq::consumer consumer(
            context, reconnecting().auto_commit(true).auto_commit_interval(1ms).assignment_interval(100ms));
        listen(consumer);
        run([&]() -> asio::awaitable<void> {
            co_await consumer.subscribe(topic);
            co_await read(consumer, seen, 80);
            message received;
            EXPECT_FALSE(co_await consumer.poll(received, 50ms));
            co_await consumer.close();
        });
        EXPECT_LE(next.begin()->second, committed()) << "behind what was delivered";
    }
    EXPECT_EQ(count(seen), (delivery{400, 0, 0}));
    EXPECT_GT(end(), 5 * (8 + 2)) << "five consumers came, and committed";
}

class young_server : public growing_log {
  protected:
    young_server() : growing_log(testing::server_options().version("3.4.1.6.community")) {}
};

TEST_F(young_server, sends_the_rows_of_a_query_as_one_block_as_large_as_the_consumer_wants) {
    create_topic(1, topic_kind::select);
    insert(0, 25);
    std::vector<int> seen(200);
    run_subscribed(reconnecting().min_poll_rows(60), [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        std::vector<std::size_t> rows;
        message received;
        while (co_await consumer.poll(received, 50ms)) {
            take(received, seen);
            EXPECT_EQ(received.blocks().size(), 1U);
            rows.push_back(received.row_count());
        }
        EXPECT_EQ(rows, (std::vector<std::size_t>{75, 75, 50}));
    });
    EXPECT_EQ(count(seen), (delivery{200, 0, 0}));
}

}  // namespace
}  // namespace tmq::test
