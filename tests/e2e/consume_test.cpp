#include "e2e.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_future.hpp>

#include <map>

namespace tmq::test {
namespace {

class message_delivery : public e2e {};

TEST_F(message_delivery, a_hundred_thousand_rows_of_four_vgroups_arrive_once_each_with_their_values) {
    constexpr std::uint64_t rows = 100'000;
    create_topic(4);
    append(0, rows, 500, 4);
    std::vector<int> seen(rows);
    std::map<std::int32_t, std::int64_t> next;
    run_subscribed([&](tmq::consumer& consumer) -> asio::awaitable<void> {
        message received;
        for (std::uint64_t got = 0; got < rows;) {
            if (!co_await consumer.poll(received, 5s)) break;
            EXPECT_EQ(received.topic(), topic);
            EXPECT_EQ(received.database(), "power");
            // In order per vgroup, without a gap.
            EXPECT_EQ(received.offset(), next.contains(received.vgroup()) ? next[received.vgroup()] : 0);
            next[received.vgroup()] = received.next_offset().value();
            check_rows(received, meters, seen);
            got += received.row_count();
        }
    });
    EXPECT_EQ(count(seen), (delivery{rows, 0, 0}));
    EXPECT_EQ(next.size(), 4U);
}

TEST_F(message_delivery, blocks_of_a_query_topic_have_no_table_name) {
    create_topic(1, topic_kind::select);
    append(0, 10);
    run_subscribed([&](tmq::consumer& consumer) -> asio::awaitable<void> {
        message received;
        EXPECT_TRUE(co_await consumer.poll(received, 5s));
        for (const block_view block : received.blocks())
            EXPECT_EQ(block.table_name(), "");
        EXPECT_EQ(received.blocks()[0].column_name(5), "location");
    });
}

TEST_F(message_delivery, a_message_outlives_its_consumer_and_moves) {
    create_topic();
    append(0, 10);
    message kept;
    run_subscribed([&](tmq::consumer& consumer) -> asio::awaitable<void> {
        EXPECT_TRUE(co_await consumer.poll(kept, 5s));
    });
    message moved = std::move(kept);
    EXPECT_TRUE(kept.empty());
    EXPECT_EQ(kept.row_count(), 0U);
    EXPECT_EQ(kept.next_offset(), std::nullopt);
    EXPECT_EQ(moved.topic(), topic);
    std::vector<int> seen(10);
    check_rows(moved, meters, seen);
    EXPECT_EQ(count(seen).delivered, moved.row_count());
}

TEST_F(message_delivery, a_message_of_twenty_megabytes_arrives_whole) {
    create_topic();
    std::vector<block_builder> blocks;
    const std::string text(16'000, 'x');
    block_builder block;
    block.table("big").column("ts", data_type::timestamp).column("text", data_type::varchar, 16'000);
    for (int row = 0; row < 1'300; ++row)
        block.row(timestamp(row, time_precision::milliseconds), text);
    server.append(topic, server.vgroups(topic)[0], block);
    append(0, 10);
    run_subscribed([&](tmq::consumer& consumer) -> asio::awaitable<void> {
        message received;
        EXPECT_TRUE(co_await consumer.poll(received, 10s));
        EXPECT_EQ(received.row_count(), 1'300U);
        for (const std::string_view cell : received.blocks()[0].column<std::string_view>("text"))
            EXPECT_EQ(cell, text);
        EXPECT_TRUE(co_await consumer.poll(received, 5s));
        EXPECT_EQ(meter_source::index_of(received.blocks()[0].column<timestamp>("ts")[0]), 0U);
    });
}

TEST_F(message_delivery, works_on_strands_of_a_pool_of_threads) {
    constexpr std::uint64_t rows = 20'000;
    create_topic(4);
    append(0, rows, 100, 2);
    asio::thread_pool pool(4);
    const auto drain = [this](asio::any_io_executor executor, std::string name,
                              std::vector<int>& seen) -> asio::awaitable<void> {
        tmq::consumer consumer(executor, settings(name));
        co_await consumer.subscribe(topic);
        message received;
        for (std::uint64_t got = 0; got < rows; got += received.row_count()) {
            if (!co_await consumer.poll(received, 5s)) break;
            check_rows(received, meters, seen);
            co_await consumer.commit(received);
        }
        co_await consumer.close();
    };
    std::vector<std::vector<int>> seen(4, std::vector<int>(rows));
    std::vector<std::future<void>> finished;
    for (std::size_t i = 0; i < seen.size(); ++i) {
        asio::any_io_executor strand = asio::make_strand(pool);
        finished.push_back(
            asio::co_spawn(strand, drain(strand, "group" + std::to_string(i), seen[i]), asio::use_future));
    }
    for (std::future<void>& one : finished)
        one.get();
    pool.join();
    for (const std::vector<int>& one : seen)
        EXPECT_EQ(count(one), (delivery{rows, 0, 0}));
}

TEST_F(message_delivery, a_message_over_the_limit_ends_the_connection) {
    create_topic();
    append(0, 20'000, 20'000, 8);
    config small = settings();
    small.max_message_size(64 << 10);
    consumer limited(context, small);
    run([&]() -> asio::awaitable<void> {
        co_await limited.subscribe(topic);
        message received;
        EXPECT_EQ(co_await error_of(limited.poll(received, 5s)), errc::message_too_big);
        EXPECT_TRUE(received.empty());
        co_await limited.close();
    });
}

}  // namespace
}  // namespace tmq::test
