#include "conformance/conformance.hpp"

#include <set>

namespace tmq::test {
namespace {

class poll : public conformance {};

TEST_F(poll, message_says_where_it_comes_from) {
    const meters made = create_meters();
    insert(made, 0, 10);
    run_subscribed(made.topic, [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        const std::vector<assigned_vgroup> vgroups = co_await assigned(consumer, made.topic, 1);
        message received;
        co_await until([&]() -> asio::awaitable<bool> { co_return co_await consumer.poll(received, 500ms); });
        EXPECT_EQ(received.topic(), made.topic);
        EXPECT_EQ(received.database(), made.database);
        EXPECT_EQ(received.vgroup(), vgroups[0].vgroup());
        EXPECT_EQ(received.kind(), message_kind::data);
        EXPECT_GE(received.offset(), vgroups[0].log_begin());
        EXPECT_LE(received.next_offset().value(), vgroups[0].log_end());
    });
}

TEST_F(poll, brings_nothing_while_there_is_nothing) {
    const meters made = create_meters();
    run_subscribed(made.topic, [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        message received;
        EXPECT_FALSE(co_await consumer.poll(received, 0ms));
        EXPECT_FALSE(co_await consumer.poll(received, server.glance()));
        EXPECT_TRUE(received.empty());
    });
}

TEST_F(poll, goes_on_after_having_brought_nothing) {
    const meters made = create_meters();
    reading got;
    run_subscribed(made.topic, [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        for (std::int32_t round = 0; round < 3; ++round) {
            co_await expect_nothing_more(consumer);
            insert(made, round * 10, 10);
            co_await read(consumer, 10, got);
        }
    });
    EXPECT_EQ(got.sorted(), values_from(0, 30));
}

TEST_F(poll, ends_as_soon_as_rows_come) {
    const meters made = create_meters();
    reading got;
    run_subscribed(made.topic, [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        const auto timeout = 2 * std::chrono::milliseconds(server.patience());
        const auto begin = std::chrono::steady_clock::now();
        // Runs when the poll below waits.
        asio::post(context, [&] { insert(made, 0, 10); });
        message received;
        EXPECT_TRUE(co_await consumer.poll(received, timeout));
        EXPECT_LT(std::chrono::steady_clock::now() - begin, timeout);
        got.add(received);
    });
    EXPECT_EQ(got.sorted(), values_from(0, 10));
}

TEST_F(poll, rows_of_a_table_come_in_order) {
    const meters made = create_meters();
    insert(made, 0, 500, 7);
    reading got;
    run_subscribed(made.topic, [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        co_await read(consumer, 500, got);
        co_await expect_nothing_more(consumer);
    });
    got.expect_order_within_tables();
    EXPECT_EQ(got.sorted(), values_from(0, 500));
}

TEST_F(poll, every_row_of_four_vgroups_comes_once) {
    const meters made = create_meters(4, 16);
    insert(made, 0, 1600, 25);
    reading got;
    run_subscribed(made.topic, [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        co_await read(consumer, 1600, got);
        co_await expect_nothing_more(consumer);
    });
    got.expect_order_within_tables();
    EXPECT_EQ(got.sorted(), values_from(0, 1600));
    // A table lives in one vgroup.
    std::map<std::string, std::set<std::int32_t>> homes;
    for (const received_row& row : got.rows)
        homes[row.table].insert(row.vgroup);
    EXPECT_EQ(homes.size(), 16U);
    for (const auto& [table, vgroups] : homes)
        EXPECT_EQ(vgroups.size(), 1U) << table;
}

TEST_F(poll, every_row_comes_once_with_read_ahead) {
    const meters made = create_meters(2, 8);
    insert(made, 0, 800, 10);
    config how = settings();
    how.prefetch(4);
    reading got;
    run_subscribed(how, made.topic, [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        co_await read(consumer, 800, got);
        co_await expect_nothing_more(consumer);
    });
    got.expect_order_within_tables();
    EXPECT_EQ(got.sorted(), values_from(0, 800));
}

TEST_F(poll, many_inserts_come_in_one_message) {
    const meters made = create_meters();
    insert(made, 0, 500, 10);
    reading got;
    run_subscribed(made.topic, [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        co_await read(consumer, 500, got);
    });
    EXPECT_EQ(got.sorted(), values_from(0, 500));
    EXPECT_LT(got.messages, 50U);
}

TEST_F(poll, tables_of_one_vgroup_come_as_blocks_of_their_own) {
    const meters made = create_meters(1, 5);
    insert(made, 0, 100, 4);
    reading got;
    run_subscribed(made.topic, [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        co_await read(consumer, 100, got);
    });
    for (const received_row& row : got.rows)
        EXPECT_EQ(row.table, "t" + std::to_string(row.value / 4 % 5));
    EXPECT_EQ(got.sorted(), values_from(0, 100));
}

TEST_F(poll, blocks_of_a_query_topic_have_no_table_name) {
    const meters made = create_meters();
    const std::string query = create_topic("SELECT ts, v FROM " + made.database + ".m");
    insert(made, 0, 10);
    reading got;
    run_subscribed(
        query, [&](tmq::consumer& consumer) -> asio::awaitable<void> { co_await read(consumer, 10, got); });
    for (const received_row& row : got.rows)
        EXPECT_EQ(row.table, "");
}

TEST_F(poll, query_topic_has_the_columns_of_its_query_in_their_order) {
    const meters made = create_meters();
    const std::string query = create_topic("SELECT v, ts FROM " + made.database + ".m");
    insert(made, 0, 10);
    run_subscribed(query, [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        message received;
        co_await until([&]() -> asio::awaitable<bool> { co_return co_await consumer.poll(received, 500ms); });
        const block_view block = received.blocks()[0];
        EXPECT_EQ(block.column_count(), 2U);
        EXPECT_EQ(block.column_name(0), "v");
        EXPECT_EQ(block.column_type(0), data_type::integer);
        EXPECT_EQ(block.column_name(1), "ts");
        EXPECT_EQ(block.column_type(1), data_type::timestamp);
    });
}

TEST_F(poll, rows_from_before_the_topic_come_too) {
    const meters made = create_meters();
    insert(made, 0, 10);
    const std::string later = create_topic("STABLE " + made.database + ".m");
    insert(made, 10, 10);
    reading got;
    run_subscribed(later, [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        co_await read(consumer, 20, got);
        co_await expect_nothing_more(consumer);
    });
    EXPECT_EQ(got.sorted(), values_from(0, 20));
}

TEST_F(poll, database_topic_brings_all_its_tables) {
    const meters made = create_meters(1, 2);
    sql("CREATE TABLE " + made.database + ".n (ts TIMESTAMP, v INT)");
    const std::string whole = create_topic("DATABASE " + made.database);
    insert(made, 0, 20);
    sql("INSERT INTO " + made.database + ".n VALUES (1700000000100, 100)");
    reading got;
    run_subscribed(whole, [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        co_await read(consumer, 21, got);
        co_await expect_nothing_more(consumer);
    });
    std::set<std::string> tables;
    for (const received_row& row : got.rows)
        tables.insert(row.table);
    EXPECT_EQ(tables, (std::set<std::string>{"t0", "t1", "n"}));
}

TEST_F(poll, stable_topic_leaves_other_tables_out) {
    const meters made = create_meters();
    sql("CREATE TABLE " + made.database + ".n (ts TIMESTAMP, v INT)");
    sql("INSERT INTO " + made.database + ".n VALUES (1700000000100, 100)");
    insert(made, 0, 10);
    reading got;
    run_subscribed(made.topic, [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        co_await read(consumer, 10, got);
        co_await expect_nothing_more(consumer);
    });
    EXPECT_EQ(got.sorted(), values_from(0, 10));
}

TEST_F(poll, topic_of_a_table_brings_that_table) {
    const meters made = create_meters(1, 3);
    const std::string one = create_topic("SELECT ts, v FROM " + made.database + ".t1");
    insert(made.database, 0, 0, 5);
    insert(made.database, 1, 10, 5);
    insert(made.database, 2, 20, 5);
    reading got;
    run_subscribed(one, [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        co_await read(consumer, 5, got);
        co_await expect_nothing_more(consumer);
    });
    EXPECT_EQ(got.sorted(), values_from(10, 5));
}

TEST_F(poll, large_message_arrives_whole) {
    const std::string database = create_database();
    sql("CREATE TABLE " + database + ".big (ts TIMESTAMP, text VARCHAR(16000))");
    const std::string topic = create_topic("SELECT ts, text FROM " + database + ".big");
    constexpr int inserts = 4;
    constexpr int rows = 40;
    const auto text_of = [](int row) { return std::string(16'000, static_cast<char>('a' + row % 26)); };
    for (int insert = 0; insert < inserts; ++insert) {
        std::string statement = "INSERT INTO " + database + ".big VALUES";
        for (int row = insert * rows; row < (insert + 1) * rows; ++row)
            statement += " (" + std::to_string(1'700'000'000'000 + row) + ", '" + text_of(row) + "')";
        sql(statement);
    }
    run_subscribed(topic, [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        int next = 0;
        message received;
        co_await until([&]() -> asio::awaitable<bool> {
            if (co_await consumer.poll(received, 500ms)) {
                EXPECT_GE(received.raw().size(), received.row_count() * 16'000);
                for (const block_view block : received.blocks())
                    for (const std::string_view text : block.column<std::string_view>("text"))
                        EXPECT_EQ(text, text_of(next++));
            }
            co_return next == inserts* rows;
        });
    });
}

TEST_F(poll, latest_begins_behind_what_there_is) {
    const meters made = create_meters();
    insert(made, 0, 100);
    config how = settings();
    how.start_at(offset_reset::latest);
    reading got;
    std::int32_t next = 100;
    run_subscribed(how, made.topic, [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        co_await until([&]() -> asio::awaitable<bool> {
            insert(made.database, 0, next++, 1);
            co_await glance_at(consumer, got);
            co_return !got.rows.empty();
        });
        const std::size_t due = static_cast<std::size_t>(next - got.rows[0].value);
        co_await read(consumer, due - got.rows.size(), got);
        co_await expect_nothing_more(consumer);
    });
    // Where exactly a vgroup's reading begins, the server settles with the first poll; from there on nothing
    // is missing.
    ASSERT_FALSE(got.rows.empty());
    EXPECT_GE(got.rows[0].value, 100);
    EXPECT_EQ(got.sorted(),
              values_from(got.rows[0].value, static_cast<std::size_t>(next - got.rows[0].value)));
}

}  // namespace
}  // namespace tmq::test
