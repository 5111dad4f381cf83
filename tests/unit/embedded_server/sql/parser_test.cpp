#include "embedded_server/sql/parser.hpp"

#include "embedded_server/sql/token.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tmq::test {
namespace {

namespace sql = embedded::sql;
using sql::literal_kind;

template <class Statement>
Statement parsed(std::string_view text) {
    auto read = sql::parse(text);
    if (const auto* const refused = std::get_if<sql::error>(&read)) {
        ADD_FAILURE() << refused->text;
        return {};
    }
    auto* const made = std::get_if<Statement>(&std::get<sql::statement>(read));
    if (!made) {
        ADD_FAILURE() << "another statement: " << text;
        return {};
    }
    return std::move(*made);
}

std::string refusal(std::string_view text) {
    const auto read = sql::parse(text);
    const auto* const refused = std::get_if<sql::error>(&read);
    if (!refused) return "none";
    EXPECT_EQ(refused->code, sql::syntax_error);
    return refused->text;
}

const std::vector<std::string> statements = {
    "CREATE DATABASE IF NOT EXISTS d VGROUPS 4 PRECISION 'us' WAL_RETENTION_PERIOD 3600 KEEP 10d,20d "
    "CACHEMODEL 'none';",
    "DROP DATABASE IF EXISTS d",
    "CREATE STABLE IF NOT EXISTS d.s (ts TIMESTAMP, `V 1` INT UNSIGNED, w VARCHAR(8), m DECIMAL(20, 4)) TAGS "
    "(g INT, n NCHAR(8))",
    "CREATE TABLE n (ts TIMESTAMP, x DOUBLE)",
    "CREATE TABLE IF NOT EXISTS a USING s TAGS (1, 'x') b USING d.s (n) TAGS (NULL)",
    "DROP STABLE IF EXISTS d.s",
    "ALTER STABLE d.s ADD COLUMN z BIGINT",
    "ALTER TABLE a SET TAG g = -11, n = 'y'",
    "INSERT INTO a VALUES (NOW, -1.5e3, 'it''s') (NOW + 1s, +2, \"q\\\"\") d.b USING s TAGS (true) (ts, v) "
    "VALUES ('2023-01-01 00:00:00', null), (1, "
    "false)",
    "DELETE FROM d.a WHERE ts >= 1 AND ts < '2023-01-01'",
    "CREATE TOPIC IF NOT EXISTS t WITH META AS STABLE d.s",
    "CREATE TOPIC t ONLY META AS DATABASE d",
    "CREATE TOPIC t AS SELECT ts, `V 1`, tbname FROM d.s",
    "CREATE TOPIC t AS SELECT *, tbname FROM s;",
    "DROP TOPIC IF EXISTS t",
    "SELECT SERVER_VERSION();",
    "SHOW TOPICS",
    "SHOW DATABASES"};

TEST(sql_parser, takes_keywords_in_any_case_and_lowers_names_without_quotes) {
    const auto made = parsed<sql::create_topic>("create Topic T1 As Select Ts, `Ts`, TBNAME from D.`S` ;");
    EXPECT_EQ(made.name, "t1");
    EXPECT_EQ(made.source.database, "d");
    EXPECT_EQ(made.source.name, "S");
    ASSERT_EQ(made.items.size(), 3U);
    EXPECT_EQ(made.items[0].name, "ts");
    EXPECT_EQ(made.items[1].name, "Ts");
    EXPECT_EQ(made.items[2].name, "tbname");
}

TEST(sql_parser, reads_a_database_and_ignores_what_has_no_meaning_here) {
    const auto made = parsed<sql::create_database>(statements[0]);
    EXPECT_TRUE(made.if_not_exists);
    EXPECT_EQ(made.vgroups, 4);
    EXPECT_EQ(made.precision, time_precision::microseconds);
    EXPECT_EQ(parsed<sql::create_database>("create database d").vgroups, 2);
    EXPECT_EQ(parsed<sql::create_database>("create database d").precision, time_precision::milliseconds);
}

TEST(sql_parser, reads_every_type) {
    const auto made = parsed<sql::create_table>(
        "create table t (a timestamp, b bool, c tinyint, d tinyint unsigned, e smallint, f smallint "
        "unsigned, g int, h int unsigned, i bigint, j "
        "bigint unsigned,"
        "k float, l double, m varchar(1), n binary(65517), o nchar(16379), p varbinary(3), q geometry(4), r "
        "blob, s decimal(18), t decimal(19,2), u "
        "integer, v json)");
    std::vector<data_type> types;
    for (const auto& one : made.columns)
        types.push_back(one.type);
    using enum data_type;
    EXPECT_EQ(types, (std::vector<data_type>{timestamp, boolean,
                                             tinyint,   unsigned_tinyint,
                                             smallint,  unsigned_smallint,
                                             integer,   unsigned_integer,
                                             bigint,    unsigned_bigint,
                                             real,      double_precision,
                                             varchar,   varchar,
                                             nchar,     varbinary,
                                             geometry,  blob,
                                             decimal64, decimal,
                                             integer,   json}));
    EXPECT_EQ(made.columns[13].length, 65517);
    EXPECT_EQ(made.columns[14].length, 16379);
    EXPECT_EQ(made.columns[18].scale, 0);
    EXPECT_EQ(made.columns[19].precision, 19);
    EXPECT_EQ(made.columns[19].scale, 2);
}

TEST(sql_parser, tells_super_normal_and_child_tables_apart) {
    EXPECT_EQ(parsed<sql::create_table>(statements[2]).tags.size(), 2U);
    EXPECT_EQ(parsed<sql::create_table>("create table s (ts timestamp, v int) tags (g int)").tags.size(), 1U);
    EXPECT_TRUE(parsed<sql::create_table>(statements[3]).tags.empty());
    const auto children = parsed<sql::create_children>(statements[4]);
    ASSERT_EQ(children.tables.size(), 2U);
    EXPECT_TRUE(children.tables[0].if_not_exists);
    EXPECT_EQ(children.tables[0].tags.size(), 2U);
    EXPECT_EQ(children.tables[1].table.name, "b");
    EXPECT_EQ(children.tables[1].super.database, "d");
    EXPECT_EQ(children.tables[1].tag_names, (std::vector<std::string>{"n"}));
}

TEST(sql_parser, reads_rows_of_many_tables) {
    const std::string text = statements[8];
    const auto made = parsed<sql::insert>(text);
    ASSERT_EQ(made.targets.size(), 2U);
    ASSERT_EQ(made.targets[0].rows.size(), 2U);
    const auto& first = made.targets[0].rows[0];
    EXPECT_EQ(first[0].kind, literal_kind::now);
    EXPECT_EQ(first[1].spelling, "-1.5e3");
    EXPECT_EQ(sql::unquoted(first[2].spelling), "it's");
    const auto& second = made.targets[0].rows[1];
    EXPECT_EQ(second[0].spelling, "NOW + 1s");
    EXPECT_EQ(second[1].spelling, "+2");
    EXPECT_EQ(sql::unquoted(second[2].spelling), "q\"");
    EXPECT_FALSE(made.targets[0].created);
    ASSERT_TRUE(made.targets[1].created);
    EXPECT_EQ(made.targets[1].created->super.name, "s");
    EXPECT_EQ(made.targets[1].columns, (std::vector<std::string>{"ts", "v"}));
    EXPECT_EQ(made.targets[1].rows.size(), 2U);
    EXPECT_EQ(made.targets[1].rows[0][1].kind, literal_kind::null);
    EXPECT_EQ(made.targets[1].rows[1][1].kind, literal_kind::boolean);
}

TEST(sql_parser, resolves_the_escapes_of_texts_as_the_server_does) {
    EXPECT_EQ(sql::unquoted(R"('a\nb\t\\c\'d''e')"), "a\nb\t\\c'd'e");
    EXPECT_EQ(sql::unquoted(R"('\x0102')"), "\\x0102");
    EXPECT_EQ(sql::unquoted(R"('\%\_\q')"), "\\%\\_q");
    EXPECT_EQ(sql::unquoted("`a\\``b`"), "a\\`b");
}

template <class Alteration>
bool alters(std::string_view text) {
    return std::holds_alternative<Alteration>(parsed<sql::alter_table>(text).change);
}

TEST(sql_parser, reads_every_alteration) {
    EXPECT_TRUE(alters<alterations::add_column>("alter table t add column c int"));
    EXPECT_TRUE(alters<alterations::drop_column>("alter table t drop column c"));
    EXPECT_TRUE(alters<alterations::modify_column_length>("alter table t modify column c nchar(9)"));
    EXPECT_TRUE(alters<alterations::add_tag>("alter stable t add tag c int"));
    EXPECT_TRUE(alters<alterations::drop_tag>("alter stable t drop tag c"));
    EXPECT_TRUE(alters<alterations::modify_tag_length>("alter stable t modify tag c nchar(9)"));
    EXPECT_EQ(parsed<sql::set_tags>(statements[7]).tags.size(), 2U);
}

TEST(sql_parser, reads_the_conditions_of_a_deletion) {
    const std::string text = statements[9];
    const auto made = parsed<sql::delete_rows>(text);
    ASSERT_EQ(made.conditions.size(), 2U);
    EXPECT_EQ(made.conditions[0].comparison, ">=");
    EXPECT_EQ(made.conditions[1].comparison, "<");
    EXPECT_EQ(made.conditions[1].value.kind, literal_kind::text);
}

TEST(sql_parser, says_where_it_stopped_and_what_it_does_not_do) {
    EXPECT_EQ(
        refusal("create topic t as select v + 1 from s"),
        "syntax error near \"+ 1 from s\": this server does no expressions, functions and aliases in topics");
    EXPECT_EQ(
        refusal("create topic t as select ts from s where v > 1"),
        "syntax error near \"where v > 1\": this server does no conditions, joins and windows in topics");
    EXPECT_EQ(refusal("create topic t with meta as select ts from s"),
              "syntax error near \"ts from s\": a query has no metadata");
    EXPECT_EQ(refusal("grant all on d to u"),
              "syntax error near \"grant all on d to u\": this server knows CREATE, DROP, ALTER, INSERT, "
              "DELETE, SELECT SERVER_VERSION() and SHOW");
    EXPECT_EQ(refusal("show topics; show databases"),
              "syntax error near \"show databases\": the statement should end here");
    EXPECT_EQ(refusal(""),
              "syntax error near \"\": this server knows CREATE, DROP, ALTER, INSERT, DELETE, SELECT "
              "SERVER_VERSION() and SHOW");
    EXPECT_EQ(refusal("create table t (ts timestamp, v varchar(65518))"),
              "syntax error near \"65518))\": a whole number from 1 to 65517 should stand here");
    EXPECT_EQ(refusal("create table t (ts timestamp, v decimal(39))"),
              "syntax error near \"39))\": a whole number from 1 to 38 should stand here");
    EXPECT_EQ(refusal("insert into t values (now, 'open)"),
              "syntax error near \"'open)\": a value should stand here; this server does no expressions");
    EXPECT_EQ(refusal("create database d precision 's'"),
              "syntax error near \"'s'\": a precision is 'ms', 'us' or 'ns'");
    EXPECT_EQ(refusal("insert into t values (- 1)"), "syntax error near \"1)\": a number should stand here");
    EXPECT_EQ(refusal("insert into t values (now + 1)"),
              "syntax error near \")\": a duration needs a unit: b u a s m h d w");
    EXPECT_EQ(refusal("drop table " + std::string(193, 'x')).substr(0, 25), "syntax error near \"xxxxxx");
}

TEST(sql_parser, quotes_no_part_of_a_character) {
    std::string text = "bad " + std::string(33, 'x') + "\u7532\u4e59";
    EXPECT_EQ(refusal(text), "syntax error near \"bad " + std::string(33, 'x') +
                                 "\u7532\": this server knows CREATE, DROP, ALTER, INSERT, DELETE, SELECT "
                                 "SERVER_VERSION() and SHOW");
}

TEST(sql_parser, bounds_what_one_statement_can_name) {
    const auto columns = [](int count, std::string_view rest) {
        std::string text = "create table t (ts timestamp";
        for (int i = 1; i < count; ++i)
            text += ", c" + std::to_string(i) + " int";
        return text.append(")").append(rest);
    };
    EXPECT_EQ(parsed<sql::create_table>(columns(4096, "")).columns.size(), 4096U);
    EXPECT_NE(refusal(columns(4097, "")).find("more than 4096 of them"), std::string::npos);
    std::string tags = " tags (t0 int";
    for (int i = 1; i < 129; ++i)
        tags += ", t" + std::to_string(i) + " int";
    EXPECT_NE(refusal(columns(2, tags + ")")).find("more than 128 of them"), std::string::npos);
}

/// The beginning of a statement in memory of exactly its size, so that a sanitizer sees every byte too many.
TEST(sql_parser, refuses_every_truncation_that_is_no_statement) {
    for (const std::string& whole : statements) {
        std::size_t accepted = 0;
        for (std::size_t size = 0; size <= whole.size(); ++size) {
            const std::unique_ptr<char[]> exact(new char[size]);
            std::copy_n(whole.data(), size, exact.get());
            const std::string_view text(exact.get(), size);
            const auto read = sql::parse(text);
            if (const auto* const refused = std::get_if<sql::error>(&read)) {
                EXPECT_EQ(refused->code, sql::syntax_error) << text;
                EXPECT_TRUE(refused->text.starts_with("syntax error near \"")) << text;
                continue;
            }
            ++accepted;
            EXPECT_EQ(std::count(text.begin(), text.end(), '('), std::count(text.begin(), text.end(), ')'))
                << text;
        }
        EXPECT_TRUE(std::holds_alternative<sql::statement>(sql::parse(whole))) << whole;
        EXPECT_LT(accepted, whole.size() / 2) << whole;
    }
}

TEST(sql_parser, survives_every_byte_in_the_place_of_every_other) {
    std::size_t refused = 0;
    for (const std::string& whole : statements)
        for (std::size_t at = 0; at < whole.size(); ++at)
            for (const char c : std::string_view("\0\x01 a'\"`\\(),.;*=<>+-9eN\x80\xff", 24)) {
                std::string text = whole;
                text[at] = c;
                refused += std::holds_alternative<sql::error>(sql::parse(text)) ? 1 : 0;
            }
    EXPECT_GT(refused, 10'000U);
}

}  // namespace
}  // namespace tmq::test
