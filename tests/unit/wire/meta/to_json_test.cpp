#include "tmq/meta.hpp"

#include "printing.hpp"
#include "protocol/json_meta.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

namespace tmq {
namespace {

meta_value value(data_type type, decltype(meta_value::data) data) {
    meta_value out;
    out.type = type;
    out.data = std::move(data);
    return out;
}

meta_value inexact(data_type type, std::string printed) {
    meta_value out;
    out.type = type;
    out.exact = false;
    out.printed = std::move(printed);
    return out;
}

created_table child(std::string name, std::vector<tag_setting> tags) {
    created_table table;
    table.kind = table_kind::child;
    table.name = std::move(name);
    table.super_table = "s";
    table.tag_values = std::move(tags);
    return table;
}

/// How the value of a tag is written.
std::string written(const meta_value& of) {
    const std::string json = to_json(create_table{{child("t", {{"g", of}})}});
    const std::string before =
        R"("tags":[{"name":"g","type":)" + std::to_string(static_cast<int>(of.type)) + ",";
    const auto begin = json.find(before) + before.size();
    return json.substr(begin, json.find("}],\"createList\"") - begin);
}

TEST(meta_json_text, writes_a_super_table) {
    created_table table;
    table.kind = table_kind::super;
    table.name = "s";
    table.columns.resize(2);
    table.columns[0].name = "ts";
    table.columns[0].type = data_type::timestamp;
    table.columns[0].encode = "delta-i";
    table.columns[0].compress = "lz4";
    table.columns[0].level = "medium";
    table.columns[1].name = "d";
    table.columns[1].type = data_type::decimal;
    table.columns[1].precision = 38;
    table.columns[1].scale = 10;
    table.columns[1].primary_key = true;
    table.tags.resize(1);
    table.tags[0].name = "n";
    table.tags[0].type = data_type::nchar;
    table.tags[0].length = 8;
    EXPECT_EQ(
        to_json(create_table{{table}}),
        R"({"type":"create","tableType":"super","tableName":"s","columns":[)"
        R"({"name":"ts","type":9,"isPrimarykey":false,"encode":"delta-i","compress":"lz4","level":"medium"},)"
        R"({"name":"d","type":17,"precision":38,"scale":10,"isPrimarykey":true}],"tags":[{"name":"n","type":10,"length":8}]})");
}

TEST(meta_json_text, writes_one_child_table) {
    created_table table = child("a", {{"g", value(data_type::integer, std::int64_t{1})}});
    table.comment = "hm";
    table.ttl_days = 30;
    EXPECT_EQ(to_json(create_table{{table}}),
              R"({"type":"create","tableType":"child","tableName":"a","using":"s",)"
              R"("tags":[{"name":"g","type":4,"value":1}],"comment":"hm","ttl":30,"createList":[]})");
}

TEST(meta_json_text, lists_several_child_tables_behind_the_first) {
    const std::string a = R"("tableType":"child","tableName":"a","using":"s","tags":[])";
    const std::string b = R"("tableType":"child","tableName":"b","using":"s","tags":[])";
    EXPECT_EQ(to_json(create_table{{child("a", {}), child("b", {})}}),
              R"({"type":"create",)" + a + R"(,"createList":[{)" + a + "},{" + b + "}]}");
}

TEST(meta_json_text, writes_a_virtual_table) {
    created_table table;
    table.kind = table_kind::normal;
    table.is_virtual = true;
    table.name = "v";
    table.sources = {{"c", "db", "t", "x"}};
    EXPECT_EQ(
        to_json(create_table{{table}}),
        R"({"type":"create","tableType":"normal","isVirtual":true,"tableName":"v","columns":[],"tags":[],)"
        R"("refs":[{"colName":"c","refDbName":"db","refTableName":"t","refColName":"x"}]})");
}

TEST(meta_json_text, writes_no_table_at_all) {
    EXPECT_EQ(to_json(create_table{}), R"({"type":"create","createList":[]})");
}

TEST(meta_json_text, keeps_every_digit) {
    EXPECT_EQ(written(value(data_type::unsigned_bigint, UINT64_MAX)), R"("value":18446744073709551615)");
    EXPECT_EQ(written(value(data_type::bigint, INT64_MIN)), R"("value":-9223372036854775808)");
    EXPECT_EQ(written(value(data_type::timestamp, std::int64_t{1700000000000000001})),
              R"("value":1700000000000000001)");
    EXPECT_EQ(written(value(data_type::double_precision, 0.1 + 0.2)), R"("value":0.30000000000000004)");
    EXPECT_EQ(written(value(data_type::real, 0.1F)), R"("value":0.1)");
}

TEST(meta_json_text, writes_values_of_every_kind) {
    EXPECT_EQ(written(value(data_type::boolean, true)), R"("value":true)");
    EXPECT_EQ(written(value(data_type::varchar, std::string("a\"b\\\n"))), "\"value\":\"a\\\"b\\\\\\u000a\"");
    EXPECT_EQ(written(value(data_type::varchar, std::string("\xFF"))), R"("value":"\ufffd")");
    EXPECT_EQ(written(value(data_type::geometry, std::vector<std::byte>{std::byte(1), std::byte(0xAB)})),
              R"("value":"0x01ab")");
    EXPECT_EQ(written(value(data_type::json, std::string(R"({"k":[1]})"))), R"("value":{"k":[1]})");
    EXPECT_EQ(written(value(data_type::json, std::string("no json"))), R"("value":"no json")");
    EXPECT_EQ(written(value(data_type::varchar, std::string(R"({"k":1})"))), R"("value":"{\"k\":1}")");
    EXPECT_EQ(written(value(data_type::integer, std::monostate())), R"("value":null)");
    EXPECT_EQ(written(value(data_type::double_precision, std::numeric_limits<double>::infinity())),
              R"("value":"Infinity")");
    EXPECT_EQ(written(value(data_type::real, std::nanf(""))), R"("value":"NaN")");
}

TEST(meta_json_text, shows_no_control_character) {
    EXPECT_EQ(written(value(data_type::varchar, std::string("\u009B\x7F"))), R"("value":"\u009b\u007f")");
    EXPECT_EQ(written(value(data_type::json, std::string("{\"k\":\"\u202E\"}"))),
              R"("value":{"k":"\u202e"})");
    unknown_meta change;
    change.json = "{\"type\":\"\u009B\"}";
    EXPECT_EQ(to_json(change), R"({"type":"unknown","json":{"type":"\u009b"}})");
}

TEST(meta_json_text, says_what_is_not_exact) {
    EXPECT_EQ(written(inexact(data_type::timestamp, "1.7e+15")),
              R"("value":null,"exact":false,"printed":"1.7e+15")");
    EXPECT_EQ(written(inexact(data_type::blob, "")), R"("value":null,"exact":false)");
}

TEST(meta_json_text, writes_alterations) {
    column_definition added;
    added.name = "z";
    added.type = data_type::varchar;
    added.length = 8;
    EXPECT_EQ(
        to_json(alter_table{table_kind::super, "s", alterations::add_column{added}}),
        R"({"type":"alter","tableType":"super","tableName":"s","alterType":5,"colName":"z","colType":8,"colLength":8})");
    EXPECT_EQ(
        to_json(alter_table{table_kind::normal, "t", alterations::rename_column{"a", "b"}}),
        R"({"type":"alter","tableType":"normal","tableName":"t","alterType":10,"colName":"a","colNewName":"b"})");
    EXPECT_EQ(to_json(alter_table{table_kind::normal, "t", alterations::set_options{5, ""}}),
              R"({"type":"alter","tableType":"normal","tableName":"t","alterType":9,"ttl":5,"comment":""})");
    EXPECT_EQ(to_json(alter_table{table_kind::unspecified, "t",
                                  alterations::set_column_source{{"c", "db", "o", "x"}}}),
              R"({"type":"alter","tableType":"","tableName":"t","alterType":16,"colName":"c",)"
              R"("refDbName":"db","refTbName":"o","refColName":"x"})");
}

TEST(meta_json_text, writes_what_an_alteration_says_of_a_column) {
    column_definition column;
    column.name = "c";
    column.type = data_type::decimal;
    column.precision = 38;
    column.scale = 10;
    column.encode = "disabled";
    column.compress = "zstd";
    column.level = "low";
    const std::string of_t = R"({"type":"alter","tableType":"normal","tableName":"t","alterType":)";
    const auto of_table = [](alteration change) {
        return to_json(alter_table{table_kind::normal, "t", std::move(change)});
    };
    EXPECT_EQ(
        of_table(alterations::add_compressed_column{column}),
        of_t +
            R"(14,"colName":"c","colType":17,"colPrecision":38,"colScale":10,"encode":"disabled","compress":"zstd","level":"low"})");
    EXPECT_EQ(of_table(alterations::add_sourced_column{column, {"c", "db", "o", "x"}}),
              of_t + R"(18,"colName":"c","colType":17,"colPrecision":38,"colScale":10,)"
                     R"("encode":"disabled","compress":"zstd","level":"low",)"
                     R"("refDbName":"db","refTbName":"o","refColName":"x"})");
    EXPECT_EQ(of_table(alterations::set_compression{"c", "", "zstd", "low"}),
              of_t + R"(13,"colName":"c","compress":"zstd","level":"low"})");
    EXPECT_EQ(of_table(alterations::modify_column_length{"c", data_type::nchar, 16}),
              of_t + R"(7,"colName":"c","colType":10,"colLength":16})");
    EXPECT_EQ(of_table(alterations::modify_tag_length{"c", data_type::nchar, 16}),
              of_t + R"(8,"colName":"c","colType":10,"colLength":16})");
    EXPECT_EQ(of_table(alterations::drop_column{"c"}), of_t + R"(6,"colName":"c"})");
    EXPECT_EQ(of_table(alterations::remove_column_source{"c"}), of_t + R"(17,"colName":"c"})");
    EXPECT_EQ(of_table(alterations::add_tag_index{}), of_t + "11}");
    EXPECT_EQ(of_table(alterations::drop_tag_index{}), of_t + "12}");
}

TEST(meta_json_text, leaves_out_what_an_alteration_does_not_say) {
    const auto of_nothing = [](alteration change) {
        return to_json(alter_table{table_kind::unspecified, "", std::move(change)});
    };
    const auto expected = [](int number, const std::string& members = "") {
        return R"({"type":"alter","tableType":"","tableName":"","alterType":)" + std::to_string(number) +
               members + "}";
    };
    EXPECT_EQ(of_nothing(alterations::add_tag{}), expected(1));
    EXPECT_EQ(of_nothing(alterations::rename_tag{}), expected(3));
    EXPECT_EQ(of_nothing(alterations::modify_column_length{}), expected(7));
    EXPECT_EQ(of_nothing(alterations::set_options{}), expected(9));
    EXPECT_EQ(of_nothing(alterations::set_compression{}), expected(13));
    EXPECT_EQ(of_nothing(alterations::set_tags{}), expected(15));
    EXPECT_EQ(of_nothing(alterations::set_tags_of_tables{}), expected(19));
    EXPECT_EQ(of_nothing(alterations::set_tags_where{}), expected(20));
}

TEST(meta_json_text, writes_changes_of_tags) {
    const tag_change number{"g", value(data_type::integer, std::int64_t{11}), {}, {}};
    const tag_change null{"n", value(data_type::nchar, std::monostate()), {}, {}};
    const tag_change replaced{"r", {}, "x+", "y"};
    const std::string number_json = R"("colName":"g","colType":4,"colValue":11,"colValueNull":false)";
    const std::string null_json = R"("colName":"n","colType":10,"colValue":null,"colValueNull":true)";

    EXPECT_EQ(to_json(alter_table{table_kind::child, "a", alterations::set_tag{number}}),
              R"({"type":"alter","tableType":"child","tableName":"a","alterType":4,)" + number_json + "}");
    EXPECT_EQ(to_json(alter_table{table_kind::child, "a", alterations::set_tags{{number, null}}}),
              R"({"type":"alter","tableType":"child","tableName":"a","alterType":15,"tags":[{)" +
                  number_json + "},{" + null_json + "}]}");
    EXPECT_EQ(
        to_json(alter_table{table_kind::child, "",
                            alterations::set_tags_of_tables{{{"a", {number}}, {"b", {null}}}}}),
        R"({"type":"alter","tableType":"child","tableName":"","alterType":19,"tables":[{"tableName":"a","tags":[{)" +
            number_json + R"(}]},{"tableName":"b","tags":[{)" + null_json + "}]}]}");
    EXPECT_EQ(to_json(alter_table{table_kind::super, "s", alterations::set_tags_where{{replaced}, "g > 1"}}),
              R"({"type":"alter","tableType":"super","tableName":"s","alterType":20,)"
              R"("tags":[{"colName":"r","regexp":"x+","replacement":"y"}],"where":"g > 1"})");
}

TEST(meta_json_text, writes_drops) {
    EXPECT_EQ(to_json(drop_table{table_kind::super, {"s"}}),
              R"({"type":"drop","tableType":"super","tableName":"s"})");
    EXPECT_EQ(to_json(drop_table{table_kind::unspecified, {"a", "b"}}),
              R"({"type":"drop","tableNameList":["a","b"]})");
}

TEST(meta_json_text, writes_deletions) {
    delete_data change;
    change.sql = "delete";
    EXPECT_EQ(to_json(change), R"({"type":"delete","sql":"delete"})");
    change.range = delete_data::time_range{"t", "ts", INT64_MIN, 5};
    EXPECT_EQ(
        to_json(change),
        R"({"type":"delete","sql":"delete","tableName":"t","colName":"ts","first":-9223372036854775808,"last":5})");
}

TEST(meta_json_text, writes_what_it_does_not_know) {
    unknown_meta change;
    change.raw_type = 600;
    change.raw = {std::byte(0xAB), std::byte(1)};
    EXPECT_EQ(to_json(change), R"({"type":"unknown","rawType":600,"raw":"0xab01"})");
    change = {};
    change.json = R"({"type":"merge"})";
    EXPECT_EQ(to_json(change), R"({"type":"unknown","json":{"type":"merge"}})");
}

TEST(meta_value, is_text) {
    EXPECT_EQ(to_string(value(data_type::boolean, false)), "false");
    EXPECT_EQ(to_string(value(data_type::unsigned_bigint, UINT64_MAX)), "18446744073709551615");
    EXPECT_EQ(to_string(value(data_type::bigint, INT64_MIN)), "-9223372036854775808");
    EXPECT_EQ(to_string(value(data_type::real, 0.1F)), "0.1");
    EXPECT_EQ(to_string(value(data_type::double_precision, -std::numeric_limits<double>::infinity())),
              "-Infinity");
    EXPECT_EQ(to_string(value(data_type::varchar, std::string("a\"b"))), "a\"b");
    EXPECT_EQ(to_string(value(data_type::varbinary, std::vector<std::byte>{std::byte(0xFF)})), "0xff");
    EXPECT_EQ(to_string(meta_value()), "NULL");
    EXPECT_EQ(to_string(inexact(data_type::bigint, "1.7e+15")), "1.7e+15");
}

TEST(meta_value, is_null_only_when_that_is_known) {
    EXPECT_TRUE(meta_value().is_null());
    EXPECT_FALSE(inexact(data_type::bigint, "1.7e+15").is_null());
    EXPECT_FALSE(value(data_type::varchar, std::string()).is_null());
}

}  // namespace
}  // namespace tmq
