#include "e2e.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

// What SQL has put into tables, as consumers get it.

namespace tmq::test {
namespace {

class sql : public e2e {
  protected:
    explicit sql(testing::server_options options = {}) : e2e(std::move(options)) {}

    std::int64_t execute(std::string_view statement, std::string_view database = "d") {
        return server.execute(statement, database);
    }

    /// Every row of a topic as "table {JSON}", those of one vgroup in their order.
    std::vector<std::string> rows_of(std::string_view name, std::size_t count) {
        std::vector<std::string> rows;
        run([&]() -> asio::awaitable<void> {
            consumer consumer = make_consumer(name);
            co_await consumer.subscribe(name);
            message received;
            while (rows.size() < count) {
                const bool got = co_await consumer.poll(received, 5s);
                EXPECT_TRUE(got);
                if (!got) break;
                for (const block_view block : received.blocks())
                    for (const row_view one : block.dynamic_rows())
                        rows.push_back(std::string(block.table_name()).append(" ") + to_json(one));
            }
            co_await consumer.close();
        });
        return rows;
    }
    /// Expects changes of tables and rows in this order: changes by how their JSON begins, rows as rows_of()
    /// tells them.
    void expect_told(std::string_view name, const std::vector<std::string>& expected) {
        std::vector<std::string> told;
        run([&]() -> asio::awaitable<void> {
            consumer consumer = make_consumer(name);
            co_await consumer.subscribe(name);
            message received;
            while (told.size() < expected.size()) {
                const bool got = co_await consumer.poll(received, 5s);
                EXPECT_TRUE(got);
                if (!got) break;
                for (const meta& change : received.metas())
                    told.push_back(to_json(change));
                for (const block_view block : received.blocks())
                    for (const row_view one : block.dynamic_rows())
                        told.push_back(std::string(block.table_name()).append(" ") + to_json(one));
            }
            co_await consumer.close();
        });
        ASSERT_EQ(told.size(), expected.size());
        for (std::size_t i = 0; i < told.size(); ++i)
            EXPECT_TRUE(told[i].starts_with(expected[i])) << told[i] << " in the place of " << expected[i];
    }
    std::vector<std::string> sorted_rows_of(std::string_view name, std::size_t count) {
        auto rows = rows_of(name, count);
        std::sort(rows.begin(), rows.end());
        return rows;
    }

    void make_all_types(std::string_view precision) {
        server.execute(std::string("create database d vgroups 1 precision '").append(precision).append("'"));
        execute(
            "create stable s (ts timestamp, b bool, i8 tinyint, i16 smallint, i32 int, i64 bigint, u8 "
            "tinyint unsigned, u16 smallint unsigned, u32 "
            "int unsigned,"
            "u64 bigint unsigned, f float, dd double, vc varchar(8), nc nchar(8), vb varbinary(8), ge "
            "geometry(64), t2 timestamp) tags (g int, n "
            "nchar(8))");
        execute(
            "insert into a using s tags (7, '\u7532') values"
            "(1000, true, -128, -32768, -2147483648, -9223372036854775808, 0, 0, 0, 0, -1.5, -2.5, '', '', "
            "'', 'POINT(1 2)', 0)"
            "(1001, false, 127, 32767, 2147483647, 9223372036854775807, 255, 65535, 4294967295, "
            "18446744073709551615, 3.5, 1e300, 'it''s', '\u4e59', "
            "'\\x01ff', 'POINT(0 0)', -1)"
            "(1002, null, null, null, null, null, null, null, null, null, null, null, null, null, null, "
            "null, null)");
    }
};

constexpr const char* lowest =
    R"("b":true,"i8":-128,"i16":-32768,"i32":-2147483648,"i64":-9223372036854775808,"u8":0,"u16":0,"u32":0,"u64":0,"f":-1.5,"dd":-2.5,"vc":"","nc":"","vb":"0x","ge":"0x0101000000000000000000f03f0000000000000040",)";
constexpr const char* highest =
    R"("b":false,"i8":127,"i16":32767,"i32":2147483647,"i64":9223372036854775807,"u8":255,"u16":65535,"u32":4294967295,"u64":18446744073709551615,"f":3.5,"dd":1e+300,"vc":"it's","nc":"乙","vb":"0x01ff","ge":"0x010100000000000000000000000000000000000000",)";
constexpr const char* nulls =
    R"("b":null,"i8":null,"i16":null,"i32":null,"i64":null,"u8":null,"u16":null,"u32":null,"u64":null,"f":null,"dd":null,"vc":null,"nc":null,"vb":null,"ge":null,)";

TEST_F(sql, every_type_reaches_a_consumer_of_a_stable_topic) {
    make_all_types("ms");
    execute("create topic t as stable s");
    EXPECT_EQ(rows_of("t", 3),
              (std::vector<std::string>{
                  std::string(R"(a {"ts":"1970-01-01T00:00:01.000Z",)") + lowest +
                      R"("t2":"1970-01-01T00:00:00.000Z"})",
                  std::string(R"(a {"ts":"1970-01-01T00:00:01.001Z",)") + highest +
                      R"("t2":"1969-12-31T23:59:59.999Z"})",
                  std::string(R"(a {"ts":"1970-01-01T00:00:01.002Z",)") + nulls + R"("t2":null})"}));
}

TEST_F(sql, every_type_reaches_a_consumer_of_a_query_with_its_tags_and_table_name) {
    make_all_types("ns");
    execute("create topic t as select *, tbname from s");
    constexpr const char* tags = R"("g":7,"n":"甲","tbname":"a"})";
    EXPECT_EQ(rows_of("t", 3),
              (std::vector<std::string>{std::string(R"( {"ts":"1970-01-01T00:00:00.000001000Z",)") + lowest +
                                            R"("t2":"1970-01-01T00:00:00.000000000Z",)" + tags,
                                        std::string(R"( {"ts":"1970-01-01T00:00:00.000001001Z",)") + highest +
                                            R"("t2":"1969-12-31T23:59:59.999999999Z",)" + tags,
                                        std::string(R"( {"ts":"1970-01-01T00:00:00.000001002Z",)") + nulls +
                                            R"("t2":null,)" + tags}));
}

TEST_F(sql, a_topic_has_what_came_before_it_and_what_comes_after) {
    server.execute("create database d vgroups 4 precision 'us'");
    execute("create stable s (ts timestamp, v int) tags (g int)");
    execute("create table n (ts timestamp, x double)");
    execute(
        "insert into a using s tags (1) values (1, 1) b using s tags (2) values (1, 2) n values (1, 0.5)");
    execute("create topic of_stable as stable s");
    execute("create topic of_database as database d");
    execute("create topic of_query as select v, g from s");
    execute("create topic of_child as select ts, v from b");
    execute("insert into b values (2, 22) a values (2, 11) c using s tags (3) values (2, 33)");
    const auto in_stable = std::vector<std::string>{
        R"(a {"ts":"1970-01-01T00:00:00.000001Z","v":1})", R"(a {"ts":"1970-01-01T00:00:00.000002Z","v":11})",
        R"(b {"ts":"1970-01-01T00:00:00.000001Z","v":2})", R"(b {"ts":"1970-01-01T00:00:00.000002Z","v":22})",
        R"(c {"ts":"1970-01-01T00:00:00.000002Z","v":33})"};
    EXPECT_EQ(sorted_rows_of("of_stable", 5), in_stable);
    auto in_database = in_stable;
    in_database.push_back(R"(n {"ts":"1970-01-01T00:00:00.000001Z","x":0.5})");
    EXPECT_EQ(sorted_rows_of("of_database", 6), in_database);
    EXPECT_EQ(sorted_rows_of("of_query", 5),
              (std::vector<std::string>{R"( {"v":1,"g":1})", R"( {"v":11,"g":1})", R"( {"v":2,"g":2})",
                                        R"( {"v":22,"g":2})", R"( {"v":33,"g":3})"}));
    EXPECT_EQ(rows_of("of_child", 2),
              (std::vector<std::string>{R"( {"ts":"1970-01-01T00:00:00.000001Z","v":2})",
                                        R"( {"ts":"1970-01-01T00:00:00.000002Z","v":22})"}));
}

TEST_F(sql, rows_come_in_the_order_of_time_and_once_for_each_time) {
    server.execute("create database d vgroups 1");
    execute("create table n (ts timestamp, v int)");
    execute("create topic t as select v from n");
    EXPECT_EQ(execute("insert into n values (3, 3) (1, 1) (2, 2) (1, 11)"), 4);
    EXPECT_EQ(rows_of("t", 3), (std::vector<std::string>{R"( {"v":11})", R"( {"v":2})", R"( {"v":3})"}));
}

TEST_F(sql, an_insert_of_some_columns_brings_these_alone_unless_a_query_wants_others) {
    server.execute("create database d vgroups 1");
    execute("create stable s (ts timestamp, v int, w int) tags (g int)");
    execute("insert into a using s tags (1) (w, ts) values (5, 0)");
    execute("create topic t as stable s");
    execute("create topic q as select v, w from s");
    EXPECT_EQ(rows_of("t", 1), (std::vector<std::string>{R"(a {"ts":"1970-01-01T00:00:00.000Z","w":5})"}));
    EXPECT_EQ(rows_of("q", 1), (std::vector<std::string>{R"( {"v":null,"w":5})"}));
}

TEST_F(sql, a_query_keeps_its_columns_when_the_table_gets_others) {
    server.execute("create database d vgroups 1");
    execute("create stable s (ts timestamp, v int) tags (g int)");
    execute("insert into a using s tags (1) values (0, 1)");
    execute("create topic q as select * from s");
    execute("alter stable s add column w int");
    execute("alter table a set tag g = 2");
    execute("insert into a values (1, 2, 3)");
    EXPECT_EQ(rows_of("q", 2),
              (std::vector<std::string>{R"( {"ts":"1970-01-01T00:00:00.000Z","v":1,"g":1})",
                                        R"( {"ts":"1970-01-01T00:00:00.001Z","v":2,"g":2})"}));
}

struct newer_sql : sql {
    newer_sql() : sql(testing::server_options().version("3.4.1.6.community")) {}
};

TEST_F(newer_sql, decimals_blobs_and_json_tags_reach_a_consumer) {
    server.execute("create database d vgroups 1");
    execute("create stable s (ts timestamp, m decimal(10,2), b decimal(38,10)) tags (j json)");
    execute(
        "insert into a using s tags ('{\"k\":\"v\"}') values (0, -12.5, '12345678901234567890.0123456789') "
        "(1, null, null)");
    execute("create topic q as select m, b, j from s");
    EXPECT_EQ(rows_of("q", 2), (std::vector<std::string>{
                                   R"( {"m":"-12.50","b":"12345678901234567890.0123456789","j":{"k":"v"}})",
                                   R"( {"m":null,"b":null,"j":{"k":"v"}})"}));
    execute("create table n (ts timestamp, c blob)");
    execute("insert into n values (0, '\\x00ff') (1, null) (2, '')");
    execute("create topic o as select c from n");
    EXPECT_EQ(rows_of("o", 3),
              (std::vector<std::string>{R"( {"c":"0x00ff"})", R"( {"c":null})", R"( {"c":"0x"})"}));
}

TEST_F(sql, changes_of_tables_reach_topics_with_meta_in_the_order_of_the_statements) {
    server.execute("create database d vgroups 1");
    execute("create stable s (ts timestamp, v int, w varchar(8)) tags (g int, n nchar(8))");
    execute("create topic t with meta as database d");
    execute("create topic m only meta as stable s");
    execute("create topic r as database d");
    execute("create table a using s tags (1, 'x')");
    execute("create table n (ts timestamp, x double)");
    execute("insert into b using s tags (2, null) values (5, 1, 'y') n values (6, 0.5)");
    execute("alter stable s add column z bigint");
    execute("alter stable s modify column w varchar(16)");
    execute("alter table a set tag g = 11");
    execute("delete from n where ts = 6");
    execute("drop table a");
    const std::vector<std::string> all = {
        R"({"type":"create","tableType":"super","tableName":"s")",
        R"({"type":"create","tableType":"child","tableName":"a","using":"s","tags":[{"name":"g","type":4,"value":1},{"name":"n","type":10,"value":"x"}])",
        R"({"type":"create","tableType":"normal","tableName":"n")",
        R"({"type":"create","tableType":"child","tableName":"b","using":"s","tags":[{"name":"g","type":4,"value":2}])",
        R"(b {"ts":"1970-01-01T00:00:00.005Z","v":1,"w":"y"})",
        R"(n {"ts":"1970-01-01T00:00:00.006Z","x":0.5})",
        R"({"type":"alter","tableType":"super","tableName":"s","alterType":5,"colName":"z","colType":5})",
        R"({"type":"alter","tableType":"super","tableName":"s","alterType":7,"colName":"w","colType":8,"colLength":16})",
        R"({"type":"alter","tableType":"child","tableName":"a","alterType":4)",
        R"({"type":"delete","sql":"delete from `n` where `ts` >= 6 and `ts` <= 6")",
        R"({"type":"drop","tableNameList":["a"]})"};
    expect_told("t", all);
    expect_told("m", {all[0], all[1], all[3], all[6], all[7], all[8], all[10]});
    expect_told("r", {all[4], all[5]});
}

}  // namespace
}  // namespace tmq::test
