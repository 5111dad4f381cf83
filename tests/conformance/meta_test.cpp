#include "conformance/conformance.hpp"

namespace tmq::test {
namespace {

class table_changes : public conformance {
  protected:
    struct log {
        std::vector<meta> metas;
        std::vector<message_kind> kinds;
        std::size_t rows = 0;
    };

    /// A database of one vgroup with a super table s and its child a.
    std::string create_tables() {
        std::string database = create_database();
        create_tables_in(database);
        return database;
    }
    void create_tables_in(const std::string& database) {
        sql("CREATE STABLE " + database + ".s (ts TIMESTAMP, v INT, w VARCHAR(8)) TAGS (g INT, n NCHAR(8))");
        sql("CREATE TABLE " + database + ".a USING " + database + ".s TAGS (1, '甲')");
    }
    std::string create_meta_topic(const std::string& database) {
        return create_topic("DATABASE " + database, "WITH META ");
    }

    static void add(log& into, const message& received) {
        into.kinds.push_back(received.kind());
        into.rows += received.row_count();
        for (const meta& one : received.metas())
            into.metas.push_back(one);
    }
    /// Reads until so many changes and rows have come.
    asio::awaitable<void> read_log(consumer& from, std::size_t metas, std::size_t rows, log& into) {
        co_await until([&]() -> asio::awaitable<bool> {
            message received;
            if (co_await from.poll(received, 500ms)) add(into, received);
            co_return into.metas.size() >= metas&& into.rows >= rows;
        });
        EXPECT_EQ(into.metas.size(), metas);
        EXPECT_EQ(into.rows, rows);
    }
    log read_log(const std::string& topic, std::size_t metas, std::size_t rows, const config& how) {
        log got;
        run_subscribed(how, topic, [&](tmq::consumer& consumer) -> asio::awaitable<void> {
            co_await read_log(consumer, metas, rows, got);
            co_await expect_nothing_more(consumer);
        });
        return got;
    }
    log read_log(const std::string& topic, std::size_t metas, std::size_t rows) {
        return read_log(topic, metas, rows, settings());
    }

    /// The last change of a log, when it is of this kind.
    template <class Kind>
    static Kind last(const log& of) {
        if (of.metas.empty() || !std::holds_alternative<Kind>(of.metas.back())) {
            ADD_FAILURE() << (of.metas.empty() ? std::string("no change")
                                               : "another change: " + to_json(of.metas.back()));
            return Kind();
        }
        return std::get<Kind>(of.metas.back());
    }
    /// What one statement on the tables s and a makes known.
    template <class Kind>
    Kind change_by(const std::string& before, const std::string& database, const std::string& after) {
        const std::string topic = create_meta_topic(database);
        sql(before + database + after);
        return last<Kind>(read_log(topic, 3, 0));
    }
    /// What one ALTER statement makes known.
    template <class Alteration>
    Alteration alteration_by(const std::string& before, const std::string& after, std::string_view table) {
        const auto altered = change_by<alter_table>(before, create_tables(), after);
        EXPECT_EQ(altered.table, table);
        if (const auto* const found = std::get_if<Alteration>(&altered.change)) return *found;
        ADD_FAILURE() << "another alteration: " << to_json(altered);
        return Alteration();
    }
    static void expect_column(const column_definition& got, std::string_view name, data_type type,
                              std::optional<std::int32_t> length = {}) {
        EXPECT_EQ(got.name, name);
        EXPECT_EQ(got.type, type) << name;
        EXPECT_EQ(got.length, length) << name;
    }
    static void expect_super_table(const meta& change) {
        ASSERT_TRUE(std::holds_alternative<create_table>(change)) << to_json(change);
        const created_table& table = std::get<create_table>(change).tables.at(0);
        EXPECT_EQ(table.kind, table_kind::super);
        EXPECT_EQ(table.name, "s");
        ASSERT_EQ(table.columns.size(), 3U);
        expect_column(table.columns[0], "ts", data_type::timestamp);
        expect_column(table.columns[1], "v", data_type::integer);
        expect_column(table.columns[2], "w", data_type::varchar, 8);
        ASSERT_EQ(table.tags.size(), 2U);
        expect_column(table.tags[0], "g", data_type::integer);
        expect_column(table.tags[1], "n", data_type::nchar, 8);
    }
    static void expect_child_table(const created_table& table, std::string_view name, std::string_view number,
                                   std::string_view text) {
        EXPECT_EQ(table.kind, table_kind::child);
        EXPECT_EQ(table.name, name);
        EXPECT_EQ(table.super_table, "s");
        ASSERT_EQ(table.tag_values.size(), 2U);
        EXPECT_EQ(table.tag_values[0].name, "g");
        EXPECT_EQ(to_string(table.tag_values[0].value), number);
        EXPECT_EQ(table.tag_values[1].name, "n");
        EXPECT_EQ(to_string(table.tag_values[1].value), text);
    }
    static void expect_tables(const log& got) {
        ASSERT_GE(got.metas.size(), 2U);
        expect_super_table(got.metas[0]);
        ASSERT_TRUE(std::holds_alternative<create_table>(got.metas[1]));
        expect_child_table(std::get<create_table>(got.metas[1]).tables.at(0), "a", "1", "甲");
    }
};

TEST_F(table_changes, created_tables) {
    const std::string database = create_tables();
    const std::string topic = create_meta_topic(database);
    const log got = read_log(topic, 2, 0);
    expect_tables(got);
    for (const message_kind kind : got.kinds)
        EXPECT_EQ(kind, message_kind::metadata);
}

TEST_F(table_changes, created_normal_table) {
    const auto created =
        change_by<create_table>("CREATE TABLE ", create_tables(), ".n (ts TIMESTAMP, x DOUBLE)");
    ASSERT_EQ(created.tables.size(), 1U);
    EXPECT_EQ(created.tables[0].kind, table_kind::normal);
    EXPECT_EQ(created.tables[0].name, "n");
    ASSERT_EQ(created.tables[0].columns.size(), 2U);
    expect_column(created.tables[0].columns[1], "x", data_type::double_precision);
}

TEST_F(table_changes, added_column) {
    const auto added = alteration_by<alterations::add_column>("ALTER STABLE ", ".s ADD COLUMN z BIGINT", "s");
    EXPECT_EQ(added.column.name, "z");
    EXPECT_EQ(added.column.type, data_type::bigint);
}

TEST_F(table_changes, dropped_column) {
    const auto dropped = alteration_by<alterations::drop_column>("ALTER STABLE ", ".s DROP COLUMN w", "s");
    EXPECT_EQ(dropped.name, "w");
}

TEST_F(table_changes, longer_column) {
    const auto modified = alteration_by<alterations::modify_column_length>(
        "ALTER STABLE ", ".s MODIFY COLUMN w VARCHAR(16)", "s");
    EXPECT_EQ(modified.name, "w");
    EXPECT_EQ(modified.length, 16);
}

TEST_F(table_changes, added_tag) {
    const auto added = alteration_by<alterations::add_tag>("ALTER STABLE ", ".s ADD TAG t2 NCHAR(8)", "s");
    EXPECT_EQ(added.tag.name, "t2");
    EXPECT_EQ(added.tag.type, data_type::nchar);
}

TEST_F(table_changes, dropped_tag) {
    const auto dropped = alteration_by<alterations::drop_tag>("ALTER STABLE ", ".s DROP TAG n", "s");
    EXPECT_EQ(dropped.name, "n");
}

TEST_F(table_changes, tag_of_a_table_set) {
    const auto altered = change_by<alter_table>("ALTER TABLE ", create_tables(), ".a SET TAG g=11");
    tag_change tag;
    // From 3.4 on the change is told as one of several tables.
    if (const auto* const many = std::get_if<alterations::set_tags_of_tables>(&altered.change)) {
        ASSERT_EQ(many->tables.size(), 1U);
        EXPECT_EQ(many->tables[0].table, "a");
        ASSERT_EQ(many->tables[0].tags.size(), 1U);
        tag = many->tables[0].tags[0];
    } else {
        const auto* const one = std::get_if<alterations::set_tag>(&altered.change);
        ASSERT_NE(one, nullptr) << to_json(altered);
        EXPECT_EQ(altered.table, "a");
        tag = one->tag;
    }
    EXPECT_EQ(tag.name, "g");
    EXPECT_EQ(to_string(tag.value), "11");
}

TEST_F(table_changes, tag_of_a_table_set_to_null_keeps_nothing_up) {
    const std::string database = create_tables();
    const std::string topic = create_meta_topic(database);
    sql("ALTER TABLE " + database + ".a SET TAG g=NULL");
    sql("INSERT INTO " + database + ".a VALUES (1700000000000, 1, 'x')");
    log got;
    run_subscribed(topic, [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        co_await until([&]() -> asio::awaitable<bool> {
            message received;
            if (co_await consumer.poll(received, 500ms)) add(got, received);
            co_return got.rows == 1;
        });
    });
    expect_tables(got);
}

TEST_F(table_changes, dropped_child_table) {
    const auto dropped = change_by<drop_table>("DROP TABLE ", create_tables(), ".a");
    EXPECT_EQ(dropped.names, std::vector<std::string>(1, "a"));
}

TEST_F(table_changes, dropped_super_table) {
    const auto dropped = change_by<drop_table>("DROP STABLE ", create_tables(), ".s");
    EXPECT_EQ(dropped.kind, table_kind::super);
    EXPECT_EQ(dropped.names, std::vector<std::string>(1, "s"));
}

TEST_F(table_changes, deleted_rows) {
    const std::string database = create_tables();
    const std::string topic = create_meta_topic(database);
    sql("INSERT INTO " + database + ".a VALUES (1700000000000, 1, 'x') (1700000000001, 2, 'y')");
    sql("DELETE FROM " + database + ".a WHERE ts >= 1700000000000 AND ts <= 1700000000001");
    const auto deleted = last<delete_data>(read_log(topic, 3, 2));
    ASSERT_TRUE(deleted.range) << deleted.sql;
    EXPECT_EQ(deleted.range->table, "a");
    EXPECT_EQ(deleted.range->column, "ts");
    EXPECT_EQ(deleted.range->first, 1'700'000'000'000);
    EXPECT_EQ(deleted.range->last, 1'700'000'000'001);
}

TEST_F(table_changes, table_that_an_insert_creates_comes_with_its_rows) {
    const std::string database = create_tables();
    const std::string topic = create_meta_topic(database);
    sql("INSERT INTO " + database + ".auto1 USING " + database +
        ".s TAGS (7, '乙') VALUES (1700000000000, 1, 'x')");
    const log got = read_log(topic, 3, 1);
    EXPECT_EQ(got.kinds.back(), message_kind::metadata_and_data);
    const auto created = last<create_table>(got);
    ASSERT_EQ(created.tables.size(), 1U);
    expect_child_table(created.tables[0], "auto1", "7", "乙");
}

TEST_F(table_changes, come_before_the_rows_that_need_them) {
    const std::string database = create_tables();
    const std::string topic = create_meta_topic(database);
    sql("INSERT INTO " + database + ".a VALUES (1700000000000, 1, 'x')");
    sql("ALTER STABLE " + database + ".s ADD COLUMN z BIGINT");
    sql("INSERT INTO " + database + ".a VALUES (1700000000001, 2, 'y', 3)");
    const log got = read_log(topic, 3, 2);
    EXPECT_EQ(got.kinds,
              (std::vector<message_kind>{message_kind::metadata, message_kind::metadata, message_kind::data,
                                         message_kind::metadata, message_kind::data}));
}

TEST_F(table_changes, as_json_say_the_same) {
    const std::string database = create_tables();
    const std::string topic = create_meta_topic(database);
    sql("DROP TABLE " + database + ".a");
    config how = settings();
    how.fetch_with(fetch_mode::block);
    const log got = read_log(topic, 3, 0, how);
    expect_tables(got);
    EXPECT_EQ(last<drop_table>(got).names, std::vector<std::string>(1, "a"));
}

TEST_F(table_changes, in_batches_are_the_same) {
    const std::string database = create_tables();
    const std::string topic = create_meta_topic(database);
    sql("CREATE TABLE " + database + ".n (ts TIMESTAMP, x DOUBLE)");
    config how = settings();
    how.batch_meta(true);
    const log got = read_log(topic, 3, 0, how);
    expect_tables(got);
    EXPECT_EQ(last<create_table>(got).tables.at(0).name, "n");
}

TEST_F(table_changes, are_committed_like_rows) {
    const std::string database = create_tables();
    const std::string topic = create_meta_topic(database);
    auto first = make_consumer();
    auto second = make_consumer();
    log before;
    log after;
    run([&]() -> asio::awaitable<void> {
        co_await first.subscribe(topic);
        co_await until([&]() -> asio::awaitable<bool> {
            message received;
            const bool came = co_await first.poll(received, 500ms);
            if (came) {
                add(before, received);
                co_await first.commit(received);
            }
            co_return came;
        });
        co_await first.close();
        co_await second.subscribe(topic);
        co_await read_log(second, 2 - before.metas.size(), 0, after);
        co_await expect_nothing_more(second);
        co_await second.close();
    });
    ASSERT_EQ(before.metas.size(), 1U);
    expect_super_table(before.metas[0]);
    ASSERT_TRUE(std::holds_alternative<create_table>(after.metas.at(0)));
    EXPECT_EQ(std::get<create_table>(after.metas[0]).tables.at(0).name, "a");
}

TEST_F(table_changes, alone_without_rows) {
    const std::string database = create_database();
    const std::string topic = create_topic("DATABASE " + database, "ONLY META ");
    create_tables_in(database);
    sql("INSERT INTO " + database + ".a VALUES (1700000000000, 1, 'x')");
    sql("DROP TABLE " + database + ".a");
    const log got = read_log(topic, 3, 0);
    expect_tables(got);
    EXPECT_EQ(last<drop_table>(got).names, std::vector<std::string>(1, "a"));
}

TEST_F(table_changes, are_left_out_of_a_topic_without_meta) {
    const std::string database = create_tables();
    const std::string topic = create_topic("DATABASE " + database);
    sql("INSERT INTO " + database + ".a VALUES (1700000000000, 1, 'x')");
    sql("ALTER STABLE " + database + ".s ADD COLUMN z BIGINT");
    const log got = read_log(topic, 0, 1);
    for (const message_kind kind : got.kinds)
        EXPECT_EQ(kind, message_kind::data);
}

TEST_F(table_changes, of_a_super_table_topic) {
    const std::string database = create_tables();
    const std::string topic = create_topic("STABLE " + database + ".s", "WITH META ");
    sql("CREATE TABLE " + database + ".n (ts TIMESTAMP, x DOUBLE)");
    sql("INSERT INTO " + database + ".a VALUES (1700000000000, 1, 'x')");
    expect_tables(read_log(topic, 2, 1));
}

}  // namespace
}  // namespace tmq::test
