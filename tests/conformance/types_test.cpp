#include "conformance/conformance.hpp"

#include "tmq/row.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <tuple>

namespace tmq::test {
namespace {

struct column_of_every_type {
    const char* name;
    const char* sql_type;
    data_type type;
};

constexpr std::array<column_of_every_type, 16> columns = {{
    {"b", "BOOL", data_type::boolean},
    {"i1", "TINYINT", data_type::tinyint},
    {"i2", "SMALLINT", data_type::smallint},
    {"i4", "INT", data_type::integer},
    {"i8", "BIGINT", data_type::bigint},
    {"u1", "TINYINT UNSIGNED", data_type::unsigned_tinyint},
    {"u2", "SMALLINT UNSIGNED", data_type::unsigned_smallint},
    {"u4", "INT UNSIGNED", data_type::unsigned_integer},
    {"u8", "BIGINT UNSIGNED", data_type::unsigned_bigint},
    {"f", "FLOAT", data_type::real},
    {"d", "DOUBLE", data_type::double_precision},
    {"s", "VARCHAR(32)", data_type::varchar},
    {"n", "NCHAR(16)", data_type::nchar},
    {"x", "VARBINARY(16)", data_type::varbinary},
    {"g", "GEOMETRY(100)", data_type::geometry},
    {"t", "TIMESTAMP", data_type::timestamp},
}};

struct unit {
    const char* name;
    time_precision precision;
    std::int64_t per_second;
};
constexpr std::array<unit, 3> units = {{{"ms", time_precision::milliseconds, 1'000},
                                        {"us", time_precision::microseconds, 1'000'000},
                                        {"ns", time_precision::nanoseconds, 1'000'000'000}}};
constexpr std::int64_t first_second = 1'700'000'000;

enum class form { select, stable, database };
const char* form_name(form of) {
    return of == form::select ? "select" : of == form::stable ? "stable" : "database";
}
const char* mode_name(fetch_mode of) {
    return of == fetch_mode::block ? "block" : of == fetch_mode::raw ? "raw" : "raw_data";
}

/// A row: how SQL says it, and what must come. Text and bytes are views of literals.
struct sample {
    std::string sql;
    std::vector<value_view> values;
};

template <std::size_t N>
bytes_view bytes_of(const char (&text)[N]) {
    return std::as_bytes(std::span(text, N - 1));
}

std::vector<sample> samples(const unit& of) {
    const auto time = [&](std::int64_t seconds, std::int64_t ticks) {
        return seconds * of.per_second + ticks;
    };
    constexpr std::string_view long_text = "abcdefghijklmnopqrstuvwxyz012345";
    constexpr std::string_view long_nchar = "中文字符中文字符中文字符中文字符";
    static constexpr char long_bytes[] = "\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\xff";
    static constexpr char point[] =
        "\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\xf8\x3f\x00\x00\x00\x00\x00\x00\x04\xc0";
    const std::int64_t some_time = time(first_second, 7);
    std::vector<sample> rows(5);
    rows[0].sql =
        "true, 127, 32767, 2147483647, 9223372036854775806, 255, 65535, 4294967295, 18446744073709551614, "
        "3.4e38, 1.7976931348623157e308, '" +
        std::string(long_text) + "', '" + std::string(long_nchar) +
        "', '\\x000102030405060708090a0b0c0d0eff', 'POINT(1.5 -2.5)', " + std::to_string(some_time);
    rows[0].values = {true,
                      std::int64_t{127},
                      std::int64_t{32767},
                      std::int64_t{2147483647},
                      std::int64_t{9223372036854775806},
                      std::uint64_t{255},
                      std::uint64_t{65535},
                      std::uint64_t{4294967295},
                      std::uint64_t{18446744073709551614U},
                      3.4e38F,
                      1.7976931348623157e308,
                      long_text,
                      long_nchar,
                      bytes_of(long_bytes),
                      bytes_of(point),
                      timestamp(some_time, of.precision)};
    rows[1].sql =
        "false, -128, -32768, -2147483648, -9223372036854775807, 0, 0, 0, 0, -3.4e38, "
        "-1.7976931348623157e308, 'a', 'é', '\\xff', "
        "'POINT(1.5 -2.5)', 0";
    rows[1].values = {false,
                      std::int64_t{-128},
                      std::int64_t{-32768},
                      std::int64_t{-2147483648LL},
                      std::int64_t{-9223372036854775807},
                      std::uint64_t{0},
                      std::uint64_t{0},
                      std::uint64_t{0},
                      std::uint64_t{0},
                      -3.4e38F,
                      -1.7976931348623157e308,
                      std::string_view("a"),
                      std::string_view("é"),
                      bytes_of("\xff"),
                      bytes_of(point),
                      timestamp(0, of.precision)};
    rows[2].sql =
        "NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL";
    rows[2].values = std::vector<value_view>(columns.size());
    rows[3].sql = "false, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, '', '', '', NULL, 0";
    rows[3].values = {false,
                      std::int64_t{0},
                      std::int64_t{0},
                      std::int64_t{0},
                      std::int64_t{0},
                      std::uint64_t{0},
                      std::uint64_t{0},
                      std::uint64_t{0},
                      std::uint64_t{0},
                      0.0F,
                      0.0,
                      std::string_view(),
                      std::string_view(),
                      bytes_view(),
                      value_view(),
                      timestamp(0, of.precision)};
    rows[4].sql = "true, 1, -2, 3, -4, 5, 6, 7, 8, 0.5, -0.25, 'it''s', '😀', 'text', NULL, " +
                  std::to_string(some_time + 1);
    rows[4].values = {true,
                      std::int64_t{1},
                      std::int64_t{-2},
                      std::int64_t{3},
                      std::int64_t{-4},
                      std::uint64_t{5},
                      std::uint64_t{6},
                      std::uint64_t{7},
                      std::uint64_t{8},
                      0.5F,
                      -0.25,
                      std::string_view("it's"),
                      std::string_view("😀"),
                      bytes_of("text"),
                      value_view(),
                      timestamp(some_time + 1, of.precision)};
    return rows;
}

class types : public conformance {
  protected:
    /// A super table e of all columns, with a child table e0.
    std::string create_every_type(const unit& of) {
        std::string database = create_database(1, of.name);
        std::string declaration = "ts TIMESTAMP";
        for (const column_of_every_type& column : columns)
            declaration.append(", ").append(column.name).append(" ").append(column.sql_type);
        sql("CREATE STABLE " + database + ".e (" + declaration + ") TAGS (groupid INT)");
        sql("CREATE TABLE " + database + ".e0 USING " + database + ".e TAGS (1)");
        return database;
    }
    static std::string select_list() {
        std::string list = "ts";
        for (const column_of_every_type& column : columns)
            list.append(", ").append(column.name);
        return list;
    }
    void insert_rows(const std::string& database, const unit& of, const std::vector<sample>& rows) {
        std::string statement = "INSERT INTO " + database + ".e0 VALUES";
        for (std::size_t i = 0; i < rows.size(); ++i)
            statement += " (" + std::to_string(first_second * of.per_second + static_cast<std::int64_t>(i)) +
                         ", " + rows[i].sql + ")";
        sql(statement);
    }
    /// Reads the rows of a topic and holds them against what was inserted.
    void expect_rows(const std::string& topic, const unit& of, const std::vector<sample>& rows, config how) {
        std::size_t next = 0;
        run_subscribed(how, topic, [&](tmq::consumer& consumer) -> asio::awaitable<void> {
            message received;
            co_await until([&]() -> asio::awaitable<bool> {
                if (co_await consumer.poll(received, 500ms))
                    for (const block_view block : received.blocks())
                        for (const row_view one : block.dynamic_rows()) {
                            if (next == rows.size()) {
                                ADD_FAILURE() << "a row too many: " << to_json(one);
                                co_return true;
                            }
                            expect_row(one, of, static_cast<std::int64_t>(next), rows[next]);
                            ++next;
                        }
                co_return next == rows.size();
            });
        });
    }
    static void expect_row(const row_view& got, const unit& of, std::int64_t index, const sample& expected) {
        ASSERT_EQ(got.size(), columns.size() + 1);
        EXPECT_EQ(got[0], value_view(timestamp(first_second * of.per_second + index, of.precision)));
        for (std::size_t i = 0; i < columns.size(); ++i) {
            EXPECT_EQ(got.name(i + 1), columns[i].name);
            EXPECT_EQ(got.type(i + 1), columns[i].type);
            EXPECT_EQ(got[i + 1], expected.values[i])
                << columns[i].name << " of row " << index << ": " << to_string(got[i + 1]) << " for "
                << to_string(expected.values[i]);
        }
    }
    /// The first so many rows of a topic, as JSON.
    std::vector<std::string> rows_as_json(const std::string& topic, std::size_t count, config how) {
        std::vector<std::string> rows;
        run_subscribed(how, topic, [&](tmq::consumer& consumer) -> asio::awaitable<void> {
            message received;
            co_await until([&]() -> asio::awaitable<bool> {
                if (co_await consumer.poll(received, 500ms))
                    for (const block_view block : received.blocks())
                        for (const row_view one : block.dynamic_rows())
                            rows.push_back(to_json(one));
                co_return rows.size() >= count;
            });
        });
        return rows;
    }
    std::vector<std::string> rows_as_json(const std::string& topic, std::size_t count) {
        return rows_as_json(topic, count, settings());
    }
    config fetching(fetch_mode mode) const {
        config how = settings();
        return how.fetch_with(mode);
    }
};

class column_type_values : public types, public ::testing::WithParamInterface<std::tuple<form, unit>> {};

TEST_P(column_type_values, arrive_with_extremes_nulls_and_empty_values) {
    const auto& [what, of] = GetParam();
    const std::string database = create_every_type(of);
    const std::string as = what == form::select   ? "SELECT " + select_list() + " FROM " + database + ".e"
                           : what == form::stable ? "STABLE " + database + ".e"
                                                  : "DATABASE " + database;
    const std::string topic = create_topic(as);
    const std::vector<sample> rows = samples(of);
    insert_rows(database, of, rows);
    expect_rows(topic, of, rows, settings());
}

std::string type_name(const ::testing::TestParamInfo<std::tuple<form, unit>>& of) {
    return std::string(form_name(std::get<0>(of.param))) + "_" + std::get<1>(of.param).name;
}
INSTANTIATE_TEST_SUITE_P(topics, column_type_values,
                         ::testing::Combine(::testing::Values(form::select, form::stable, form::database),
                                            ::testing::ValuesIn(units)),
                         type_name);

class fetch_modes : public types, public ::testing::WithParamInterface<std::tuple<form, fetch_mode>> {};

TEST_P(fetch_modes, bring_the_same_rows) {
    const auto& [what, mode] = GetParam();
    const std::string database = create_every_type(units[0]);
    const std::string topic =
        create_topic(what == form::select ? "SELECT " + select_list() + " FROM " + database + ".e"
                                          : "STABLE " + database + ".e");
    std::vector<sample> rows;
    for (int i = 0; i < 20; ++i)
        for (const sample& one : samples(units[0]))
            rows.push_back(one);
    insert_rows(database, units[0], rows);
    expect_rows(topic, units[0], rows, fetching(mode));
}

std::string fetch_name(const ::testing::TestParamInfo<std::tuple<form, fetch_mode>>& of) {
    return std::string(form_name(std::get<0>(of.param))) + "_" + mode_name(std::get<1>(of.param));
}
INSTANTIATE_TEST_SUITE_P(modes, fetch_modes,
                         ::testing::Combine(::testing::Values(form::select, form::stable),
                                            ::testing::Values(fetch_mode::raw_data, fetch_mode::raw,
                                                              fetch_mode::block)),
                         fetch_name);

TEST_F(types, columns_left_out_of_an_insert_are_null) {
    const std::string database = create_database();
    sql("CREATE TABLE " + database + ".t (ts TIMESTAMP, v INT, s VARCHAR(8), d DOUBLE)");
    const std::string topic = create_topic("SELECT ts, v, s, d FROM " + database + ".t");
    sql("INSERT INTO " + database + ".t (ts, s) VALUES (1700000000000, 'a') (1700000000001, 'b')");
    EXPECT_EQ(rows_as_json(topic, 2),
              (std::vector<std::string>{R"({"ts":"2023-11-14T22:13:20.000Z","v":null,"s":"a","d":null})",
                                        R"({"ts":"2023-11-14T22:13:20.001Z","v":null,"s":"b","d":null})"}));
}

TEST_F(types, tags_and_the_name_of_the_table_as_columns) {
    const std::string database = create_database();
    sql("CREATE STABLE " + database + ".m (ts TIMESTAMP, v INT) TAGS (place NCHAR(8), number BIGINT)");
    sql("CREATE TABLE " + database + ".a USING " + database + ".m TAGS ('北', 9223372036854775806)");
    sql("CREATE TABLE " + database + ".b USING " + database + ".m TAGS (NULL, -1)");
    const std::string topic = create_topic("SELECT tbname, ts, v, place, number FROM " + database + ".m");
    sql("INSERT INTO " + database + ".a VALUES (1700000000000, 1)");
    sql("INSERT INTO " + database + ".b VALUES (1700000000001, 2)");
    std::vector<std::string> rows = rows_as_json(topic, 2);
    std::sort(rows.begin(), rows.end());
    EXPECT_EQ(
        rows,
        (std::vector<std::string>{
            R"({"tbname":"a","ts":"2023-11-14T22:13:20.000Z","v":1,"place":"北","number":9223372036854775806})",
            R"({"tbname":"b","ts":"2023-11-14T22:13:20.001Z","v":2,"place":null,"number":-1})"}));
}

class json_tag : public types, public ::testing::WithParamInterface<fetch_mode> {};

TEST_P(json_tag, arrives_as_text) {
    const std::string database = create_database();
    sql("CREATE STABLE " + database + ".s (ts TIMESTAMP, v INT) TAGS (info JSON)");
    sql("CREATE TABLE " + database + R"(.a USING )" + database + R"(.s TAGS ('{"d":-1.5}'))");
    sql("CREATE TABLE " + database + R"(.b USING )" + database +
        R"(.s TAGS ('{"k1":"v1","k2":2,"k3":true,"k4":null,"s":"文"}'))");
    sql("CREATE TABLE " + database + ".c USING " + database + ".s TAGS (NULL)");
    const std::string topic = create_topic("SELECT ts, v, info FROM " + database + ".s");
    for (const char* const table : {"a", "b", "c"})
        sql("INSERT INTO " + database + "." + table + " VALUES (1700000000000, " + std::to_string(table[0]) +
            ")");
    std::vector<std::string> rows = rows_as_json(topic, 3, fetching(GetParam()));
    std::sort(rows.begin(), rows.end());
    EXPECT_EQ(
        rows,
        (std::vector<std::string>{
            R"({"ts":"2023-11-14T22:13:20.000Z","v":97,"info":{"d":-1.5}})",
            R"({"ts":"2023-11-14T22:13:20.000Z","v":98,"info":{"k1":"v1","k2":2,"k3":true,"k4":null,"s":"文"}})",
            R"({"ts":"2023-11-14T22:13:20.000Z","v":99,"info":null})"}));
}

std::string json_name(const ::testing::TestParamInfo<fetch_mode>& of) { return mode_name(of.param); }
INSTANTIATE_TEST_SUITE_P(modes, json_tag, ::testing::Values(fetch_mode::raw_data, fetch_mode::block),
                         json_name);

TEST_F(types, decimal_has_all_its_digits) {
    TMQ_NEEDS_VERSION("DECIMAL", 3, 3, 6);
    const std::string database = create_database();
    sql("CREATE TABLE " + database +
        ".t (ts TIMESTAMP, a DECIMAL(10,2), b DECIMAL(38,10), c DECIMAL(18,18))");
    const std::string topic = create_topic("SELECT ts, a, b, c FROM " + database + ".t");
    sql("INSERT INTO " + database +
        ".t VALUES (1700000000000, '12345678.91', '1234567890123456789012345678.0123456789', "
        "'0.123456789012345678')"
        " (1700000000001, '-0.05', '-0.0000000001', '-0.000000000000000001') (1700000000002, NULL, NULL, "
        "NULL)");
    EXPECT_EQ(
        rows_as_json(topic, 3),
        (std::vector<std::string>{
            R"({"ts":"2023-11-14T22:13:20.000Z","a":"12345678.91","b":"1234567890123456789012345678.0123456789","c":"0.123456789012345678"})",
            R"({"ts":"2023-11-14T22:13:20.001Z","a":"-0.05","b":"-0.0000000001","c":"-0.000000000000000001"})",
            R"({"ts":"2023-11-14T22:13:20.002Z","a":null,"b":null,"c":null})"}));
}

TEST_F(types, blob_of_a_plain_table) {
    TMQ_NEEDS_VERSION("BLOB", 3, 4);
    const std::string database = create_database();
    sql("CREATE TABLE " + database + ".t (ts TIMESTAMP, b BLOB)");
    const std::string topic = create_topic("SELECT ts, b FROM " + database + ".t");
    const std::string large(70'000, 'z');
    sql("INSERT INTO " + database +
        ".t VALUES (1700000000000, 'hello blob') (1700000000001, NULL) (1700000000002, '" + large + "')");
    const std::vector<std::string> rows = rows_as_json(topic, 3);
    ASSERT_EQ(rows.size(), 3U);
    EXPECT_EQ(rows[0], R"({"ts":"2023-11-14T22:13:20.000Z","b":"0x68656c6c6f20626c6f62"})");
    EXPECT_EQ(rows[1], R"({"ts":"2023-11-14T22:13:20.001Z","b":null})");
    const std::string begin = R"({"ts":"2023-11-14T22:13:20.002Z","b":"0x)";
    EXPECT_EQ(rows[2].substr(0, begin.size()), begin);
    EXPECT_EQ(rows[2].size(), begin.size() + 2 * large.size() + 2);
    EXPECT_EQ(rows[2].find_first_not_of("7a", begin.size()), rows[2].size() - 2);
}

TEST_F(types, column_added_later_is_in_rows_from_then_on) {
    const std::string database = create_database();
    sql("CREATE STABLE " + database + ".m (ts TIMESTAMP, v INT) TAGS (g INT)");
    sql("CREATE TABLE " + database + ".a USING " + database + ".m TAGS (1)");
    const std::string topic = create_topic("STABLE " + database + ".m");
    sql("INSERT INTO " + database + ".a VALUES (1700000000000, 1)");
    const std::string before = R"({"ts":"2023-11-14T22:13:20.000Z","v":1)";
    EXPECT_EQ(rows_as_json(topic, 1).at(0).substr(0, before.size()), before);
    sql("ALTER STABLE " + database + ".m ADD COLUMN w VARCHAR(8)");
    sql("INSERT INTO " + database + ".a VALUES (1700000000001, 2, 'new')");
    const std::vector<std::string> rows = rows_as_json(topic, 2);
    ASSERT_EQ(rows.size(), 2U);
    EXPECT_EQ(rows[0].substr(0, before.size()), before);
    EXPECT_EQ(rows[1], R"({"ts":"2023-11-14T22:13:20.001Z","v":2,"w":"new"})");
}

}  // namespace
}  // namespace tmq::test
