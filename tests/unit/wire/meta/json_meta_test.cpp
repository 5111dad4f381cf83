#include "protocol/json_meta.hpp"

#include "printing.hpp"
#include "support/allocation_counter.hpp"

#include <gtest/gtest.h>

#include <string>

namespace tmq::protocol {
namespace {

std::vector<meta> read(const std::string& json) {
    std::vector<meta> changes(2);
    EXPECT_EQ(parse_json_meta(json, changes), defect_code{}) << json;
    return changes;
}

template <class Change>
Change read_one(const std::string& json) {
    const auto changes = read(json);
    if (changes.size() == 1 && std::holds_alternative<Change>(changes[0]))
        return std::get<Change>(changes[0]);
    ADD_FAILURE() << json << " is " << changes.size() << " changes or of another kind";
    return {};
}

defect_code refusal(const std::string& json) {
    std::vector<meta> changes(2);
    const defect_code result = parse_json_meta(json, changes);
    EXPECT_TRUE(changes.empty());
    return result;
}

/// The value of a tag as it stands in the JSON of a created table.
meta_value value_of(data_type type, const std::string& value) {
    const auto change = read_one<create_table>(
        R"({"type":"create","tableType":"child","tableName":"t","using":"s","tagNum":1,"tags":[)"
        R"({"name":"g","type":)" +
        std::to_string(static_cast<int>(type)) + R"(,"value":)" + value + R"(}],"createList":[]})");
    return change.tables.at(0).tag_values.at(0).value;
}

meta_value new_value_of(const std::string& value) {
    const auto change = read_one<alter_table>(
        R"({"type":"alter","tableType":"child","tableName":"t","alterType":4,"colName":"g","colValue":)" +
        value + R"(,"colValueNull":false})");
    return std::get<alterations::set_tag>(change.change).tag.value;
}

meta_value exact(data_type type, decltype(meta_value::data) data) {
    meta_value value;
    value.type = type;
    value.data = std::move(data);
    return value;
}

meta_value inexact(data_type type, std::string printed, decltype(meta_value::data) data = {}) {
    meta_value value = exact(type, std::move(data));
    value.exact = false;
    value.printed = std::move(printed);
    return value;
}

std::vector<std::byte> bytes(std::initializer_list<unsigned> values) {
    std::vector<std::byte> out;
    for (const unsigned value : values)
        out.push_back(static_cast<std::byte>(value));
    return out;
}

TEST(json_meta, of_null_is_no_change) { EXPECT_TRUE(read("null").empty()); }

TEST(json_meta, of_a_batch_may_be_one_change_or_none) {
    const std::string drop = R"({"type":"drop","tableNameList":["a"]})";
    EXPECT_EQ(read(R"({"tmq_meta_version":"1.0","metas":[)" + drop + "]}").size(), 1U);
    EXPECT_EQ(read(R"({"tmq_meta_version":"9.9","metas":[)" + drop + "," + drop + "]}").size(), 2U);
    EXPECT_TRUE(read(R"({"tmq_meta_version":"1.0","metas":[]})").empty());
}

TEST(json_meta, ignores_keys_it_does_not_know_and_the_order_of_those) {
    const auto change = read_one<drop_table>(
        R"({"more":{"a":[1,{}]},"tableName":"s","tableType":"super","type":"drop","x":null})");
    EXPECT_EQ(change, (drop_table{table_kind::super, {"s"}}));
}

TEST(json_meta, undoes_the_escapes_of_html) {
    const auto change = read_one<delete_data>(
        R"({"type":"delete","sql":"delete from `a\u0026b` where `ts` \u003e= -5 and `ts` \u003c= 7"})");
    EXPECT_EQ(change.sql, "delete from `a&b` where `ts` >= -5 and `ts` <= 7");
    EXPECT_EQ(change.range, (delete_data::time_range{"a&b", "ts", -5, 7}));
}

TEST(json_deletion, has_no_range_when_its_statement_may_be_cut) {
    const auto statement = [](std::size_t name) {
        return "delete from `" + std::string(name, 't') + "` where `c` >= 1 and `c` <= 2345";
    };
    const std::size_t longest_name = 255 - statement(0).size();
    const auto whole =
        read_one<delete_data>(R"({"type":"delete","sql":")" + statement(longest_name - 1) + "\"}");
    EXPECT_EQ(whole.range, (delete_data::time_range{std::string(longest_name - 1, 't'), "c", 1, 2345}));
    const auto cut = read_one<delete_data>(R"({"type":"delete","sql":")" + statement(longest_name) + "\"}");
    EXPECT_FALSE(cut.range.has_value());
    EXPECT_EQ(cut.sql, statement(longest_name));
}

TEST(json_deletion, has_no_range_when_its_statement_is_of_another_form) {
    for (const char* sql : {"", "delete from t", "delete from `t` where `c` >= 1 and `d` <= 2",
                            "delete from `t` where `c` >= 1 and `c` <= 2 ",
                            "delete from `t` where `c` >= 99999999999999999999 and `c` <= 2",
                            "delete from `t` where `c` >= 1 and `c` <= "}) {
        const auto change = read_one<delete_data>(std::string(R"({"type":"delete","sql":")") + sql + "\"}");
        EXPECT_EQ(change.sql, sql);
        EXPECT_FALSE(change.range.has_value()) << sql;
    }
}

TEST(json_columns, may_have_their_key_spelled_either_way) {
    const auto change = read_one<create_table>(
        R"({"type":"create","tableType":"normal","tableName":"n","columns":[{"name":"ts","type":9,"isPrimarykey":false},)"
        R"({"name":"a","type":4,"isPrimarykey":true},{"name":"b","type":4,"isPrimaryKey":true},{"name":"c","type":4}],"tags":[]})");
    const auto& columns = change.tables.at(0).columns;
    ASSERT_EQ(columns.size(), 4U);
    EXPECT_FALSE(columns[0].primary_key);
    EXPECT_TRUE(columns[1].primary_key);
    EXPECT_TRUE(columns[2].primary_key);
    EXPECT_FALSE(columns[3].primary_key);
}

TEST(json_columns, of_decimals_have_their_digits_as_length) {
    const auto change = read_one<create_table>(
        R"({"type":"create","tableType":"super","tableName":"s","columns":[{"name":"d","type":17,"length":9738,"isPrimarykey":false},)"
        R"({"name":"v","type":8,"length":64}],"tags":[{"name":"n","type":10,"length":8},{"name":"j","type":15}]})");
    const auto& table = change.tables.at(0);
    EXPECT_EQ(table.columns.at(0).precision, 38);
    EXPECT_EQ(table.columns.at(0).scale, 10);
    EXPECT_EQ(table.columns.at(0).length, std::nullopt);
    EXPECT_EQ(table.columns.at(1).length, 64);
    EXPECT_EQ(table.tags.at(0).length, 8);
    EXPECT_EQ(table.tags.at(1).length, std::nullopt);
}

TEST(json_columns, of_virtual_tables_say_where_they_come_from) {
    const auto normal = read_one<create_table>(
        R"({"type":"create","tableType":"normal","isVirtual":true,"tableName":"v","columns":[{"name":"ts","type":9},)"
        R"({"name":"c","type":4,"ref":{"refDbName":"db","refTableName":"t","refColName":"x"}}],"tags":[]})");
    EXPECT_TRUE(normal.tables.at(0).is_virtual);
    EXPECT_EQ(normal.tables.at(0).sources, (std::vector<column_source>{{"c", "db", "t", "x"}}));
    const auto child = read_one<create_table>(
        R"({"type":"create","tableType":"child","tableName":"v","refs":[{"colName":"c","refDbName":"db","refTableName":"t","refColName":"x"}],)"
        R"("using":"s","tagNum":0,"tags":[],"createList":[]})");
    EXPECT_TRUE(child.tables.at(0).is_virtual);
    EXPECT_EQ(child.tables.at(0).sources, (std::vector<column_source>{{"c", "db", "t", "x"}}));
}

TEST(json_tag, of_a_small_type_is_exact) {
    EXPECT_EQ(value_of(data_type::boolean, "1"), exact(data_type::boolean, true));
    EXPECT_EQ(value_of(data_type::boolean, "0"), exact(data_type::boolean, false));
    EXPECT_EQ(value_of(data_type::tinyint, "-128"), exact(data_type::tinyint, std::int64_t{-128}));
    EXPECT_EQ(value_of(data_type::smallint, "-32768"), exact(data_type::smallint, std::int64_t{-32768}));
    EXPECT_EQ(value_of(data_type::integer, "-2147483648"),
              exact(data_type::integer, std::int64_t{INT32_MIN}));
    EXPECT_EQ(value_of(data_type::unsigned_tinyint, "255"),
              exact(data_type::unsigned_tinyint, std::uint64_t{255}));
    EXPECT_EQ(value_of(data_type::unsigned_smallint, "65535"),
              exact(data_type::unsigned_smallint, std::uint64_t{65535}));
    EXPECT_EQ(value_of(data_type::unsigned_integer, "4294967295"),
              exact(data_type::unsigned_integer, std::uint64_t{4294967295}));
    EXPECT_EQ(value_of(data_type::real, "0.10000000149011612"), exact(data_type::real, 0.1F));
}

TEST(json_tag, of_a_64_bit_type_is_exact_below_two_to_the_52nd) {
    EXPECT_EQ(value_of(data_type::timestamp, "1700000000000"),
              exact(data_type::timestamp, std::int64_t{1700000000000}));
    EXPECT_EQ(value_of(data_type::bigint, "4503599627370495"),
              exact(data_type::bigint, std::int64_t{4503599627370495}));
    EXPECT_EQ(value_of(data_type::bigint, "-4503599627370495"),
              exact(data_type::bigint, std::int64_t{-4503599627370495}));
    EXPECT_EQ(value_of(data_type::unsigned_bigint, "7"), exact(data_type::unsigned_bigint, std::uint64_t{7}));
}

TEST(json_tag, of_a_64_bit_type_is_only_printed_above) {
    EXPECT_EQ(value_of(data_type::timestamp, "1.7e+15"), inexact(data_type::timestamp, "1.7e+15"));
    EXPECT_EQ(value_of(data_type::unsigned_bigint, "1.8446744073709552e+19"),
              inexact(data_type::unsigned_bigint, "1.8446744073709552e+19"));
    EXPECT_EQ(value_of(data_type::bigint, "-9.2233720368547758e+18"),
              inexact(data_type::bigint, "-9.2233720368547758e+18"));
    EXPECT_EQ(value_of(data_type::bigint, "4503599627370496"),
              inexact(data_type::bigint, "4503599627370496"));
    EXPECT_EQ(value_of(data_type::bigint, "-4503599627370496"),
              inexact(data_type::bigint, "-4503599627370496"));
}

TEST(json_tag, of_type_double_may_be_off_by_its_last_bit) {
    EXPECT_EQ(value_of(data_type::double_precision, "0.3"), inexact(data_type::double_precision, "0.3", 0.3));
    EXPECT_EQ(value_of(data_type::double_precision, "-5"), inexact(data_type::double_precision, "-5", -5.0));
}

TEST(json_tag, loses_the_quotes_around_its_text) {
    EXPECT_EQ(value_of(data_type::varchar, R"("\"vc\"")"), exact(data_type::varchar, std::string("vc")));
    EXPECT_EQ(value_of(data_type::nchar, R"("\"中文\"")"), exact(data_type::nchar, std::string("中文")));
    EXPECT_EQ(value_of(data_type::varchar, R"("\"\"")"), exact(data_type::varchar, std::string()));
    EXPECT_EQ(value_of(data_type::varchar, R"("\"say \"so\"\"")"),
              exact(data_type::varchar, std::string("say \"so\"")));
}

TEST(json_tag, whose_closing_quote_is_gone_was_cut_at_its_nul) {
    EXPECT_EQ(value_of(data_type::varchar, R"("\"ab")"), inexact(data_type::varchar, "\"ab"));
    EXPECT_EQ(value_of(data_type::varchar, R"("\"")"), inexact(data_type::varchar, "\""));
    EXPECT_EQ(value_of(data_type::geometry, R"("\"\u0001\u0001")"),
              inexact(data_type::geometry, "\"\x01\x01"));
    EXPECT_EQ(value_of(data_type::geometry, R"("\"\u0001\"")"), inexact(data_type::geometry, "\"\x01\""));
}

TEST(json_tag, of_varbinary_is_hex_in_quotes) {
    EXPECT_EQ(value_of(data_type::varbinary, R"("\"\\x0102FF\"")"),
              exact(data_type::varbinary, bytes({0x01, 0x02, 0xFF})));
    EXPECT_EQ(value_of(data_type::varbinary, R"("\"\\xab\"")"), exact(data_type::varbinary, bytes({0xAB})));
    EXPECT_EQ(value_of(data_type::varbinary, R"("\"\\x\"")"), exact(data_type::varbinary, bytes({})));
    EXPECT_EQ(value_of(data_type::varbinary, R"("\"\\x010\"")"), inexact(data_type::varbinary, "\"\\x010\""));
    EXPECT_EQ(value_of(data_type::varbinary, R"("\"\\x0g\"")"), inexact(data_type::varbinary, "\"\\x0g\""));
    EXPECT_EQ(value_of(data_type::varbinary, R"("\"01\"")"), inexact(data_type::varbinary, "\"01\""));
}

TEST(json_tag, of_type_json_is_its_text) {
    EXPECT_EQ(value_of(data_type::json, R"("{\"k\":1}")"), exact(data_type::json, std::string(R"({"k":1})")));
}

TEST(json_tag, whose_value_does_not_fit_its_type_is_only_printed) {
    EXPECT_EQ(value_of(data_type::boolean, "2"), inexact(data_type::boolean, "2"));
    EXPECT_EQ(value_of(data_type::tinyint, "128"), inexact(data_type::tinyint, "128"));
    EXPECT_EQ(value_of(data_type::unsigned_integer, "-1"), inexact(data_type::unsigned_integer, "-1"));
    EXPECT_EQ(value_of(data_type::integer, "1.5"), inexact(data_type::integer, "1.5"));
    EXPECT_EQ(value_of(data_type::integer, "\"1\""), inexact(data_type::integer, "1"));
    EXPECT_EQ(value_of(data_type::varchar, "1"), inexact(data_type::varchar, "1"));
    EXPECT_EQ(value_of(data_type::real, "null"), inexact(data_type::real, "null"));
    EXPECT_EQ(value_of(data_type::real, "1e39"), inexact(data_type::real, "1e+39"));
    EXPECT_EQ(value_of(data_type::integer, R"({"a":[1]})"), inexact(data_type::integer, R"({"a":[1]})"));
    EXPECT_EQ(value_of(static_cast<data_type>(99), "1"), inexact(static_cast<data_type>(99), "1"));
}

TEST(json_tag, may_have_no_value) {
    const auto change = read_one<create_table>(
        R"({"type":"create","tableType":"child","tableName":"t","using":"s","tags":[{"name":"b","type":18}],"createList":[]})");
    EXPECT_EQ(change.tables.at(0).tag_values.at(0).value, inexact(data_type::blob, ""));
}

TEST(json_tag_change, has_the_text_of_any_type) {
    EXPECT_EQ(new_value_of(R"("9223372036854775807")"),
              exact(data_type::null, std::string("9223372036854775807")));
    EXPECT_EQ(new_value_of(R"("-1")"), exact(data_type::null, std::string("-1")));
    EXPECT_EQ(new_value_of(R"("true")"), exact(data_type::null, std::string("true")));
    EXPECT_EQ(new_value_of(R"("\"a b\"")"), exact(data_type::null, std::string("a b")));
    EXPECT_EQ(new_value_of(R"("\"\"")"), exact(data_type::null, std::string()));
}

TEST(json_tag_change, is_only_printed_where_the_text_does_not_tell_the_value) {
    EXPECT_EQ(new_value_of(R"("1.500000e+00")"), inexact(data_type::null, "1.500000e+00"));
    EXPECT_EQ(new_value_of(R"("\"\\x01\"")"), inexact(data_type::null, "\"\\x01\""));
    EXPECT_EQ(new_value_of(R"("\"cut")"), inexact(data_type::null, "\"cut"));
    EXPECT_EQ(new_value_of(R"("-")"), inexact(data_type::null, "-"));
    EXPECT_EQ(new_value_of(R"("")"), inexact(data_type::null, ""));
}

TEST(json_tag_change, by_condition_has_patterns_and_the_condition) {
    const auto altered = read_one<alter_table>(
        R"({"type":"alter","tableType":"super","tableName":"s","alterType":20,"tags":[{"colName":"a","regexp":"x+","replacement":"y"},)"
        R"({"colName":"b","colValue":"1","colValueNull":false}],"where":"`g` > 3"})");
    EXPECT_EQ(altered.kind, table_kind::super);
    const auto& change = std::get<alterations::set_tags_where>(altered.change);
    ASSERT_EQ(change.tags.size(), 2U);
    EXPECT_EQ(change.tags[0].pattern, "x+");
    EXPECT_EQ(change.tags[0].replacement, "y");
    EXPECT_EQ(change.tags[1].pattern, std::nullopt);
    EXPECT_EQ(change.tags[1].value.data, exact(data_type::null, std::string("1")).data);
    EXPECT_EQ(change.where, "`g` > 3");
}

TEST(unknown_json, is_kept_as_text) {
    for (const std::string json :
         {R"({"type":"merge","a":[1,"x"]})", R"({"type":"create","tableType":"cube","tableName":"t"})",
          R"({"type":"alter","tableType":"super","tableName":"s","alterType":21})",
          R"({"type":"alter","tableType":"super","tableName":"s","alterType":0})",
          R"({"type":"alter","tableType":"cube","tableName":"s","alterType":1})",
          R"({"type":"drop","tableType":"cube","tableName":"s"})"}) {
        const auto change = read_one<unknown_meta>(json);
        EXPECT_EQ(change.json, json);
        EXPECT_EQ(change.raw_type, 0);
    }
}

TEST(malformed_json, is_refused) {
    for (const char* json : {"", " ", "{", "{}x", "nul", "[1", "{\"type\":\"drop\"", "\"\xFF\""})
        EXPECT_EQ(refusal(json), defect_code::reply_not_json) << json;
}

TEST(json_meta, that_lacks_what_its_kind_must_have_is_refused) {
    for (
        const char* json :
        {"1",
         "[]",
         "\"x\"",
         "true",
         "{}",
         R"({"type":1})",
         R"({"metas":{}})",
         R"({"metas":[1]})",
         R"({"metas":[null]})",
         R"({"metas":[{"type":"drop","tableNameList":["a"]},{"type":"drop"}]})",
         R"({"type":"drop"})",
         R"({"type":"drop","tableNameList":[1]})",
         R"({"type":"drop","tableNameList":"a"})",
         R"({"type":"drop","tableType":"super"})",
         R"({"type":"delete"})",
         R"({"type":"delete","sql":1})",
         R"({"type":"create","tableName":"t"})",
         R"({"type":"create","tableType":"super","columns":[],"tags":[]})",
         R"({"type":"create","tableType":"super","tableName":"s","tags":[]})",
         R"({"type":"create","tableType":"super","tableName":"s","columns":[1],"tags":[]})",
         R"({"type":"create","tableType":"super","tableName":"s","columns":[{"name":"a"}],"tags":[]})",
         R"({"type":"create","tableType":"super","tableName":"s","columns":[{"name":"a","type":256}],"tags":[]})",
         R"({"type":"create","tableType":"super","tableName":"s","columns":[{"name":"a","type":8,"length":-1}],"tags":[]})",
         R"({"type":"create","tableType":"super","tableName":"s","columns":[{"name":"a","type":8,"length":2147483648}],"tags":[]})",
         R"({"type":"create","tableType":"super","tableName":"s","columns":[{"name":"a","type":8,"isPrimarykey":1}],"tags":[]})",
         R"({"type":"create","tableType":"super","tableName":"s","columns":[{"name":"a","type":8,"encode":1}],"tags":[]})",
         R"({"type":"create","tableType":"normal","tableName":"s","columns":[{"name":"a","type":8,"ref":{"refDbName":"d"}}],"tags":[]})",
         R"({"type":"create","tableType":"child","tableName":"t","tags":[]})",
         R"({"type":"create","tableType":"child","tableName":"t","using":"s"})",
         R"({"type":"create","tableType":"child","tableName":"t","using":"s","tags":[],"createList":[{"tableName":"t"}]})",
         R"({"type":"create","tableType":"child","tableName":"t","using":"s","tags":[],"createList":{}})",
         R"({"type":"alter","tableType":"super","tableName":"s"})",
         R"({"type":"alter","tableType":"super","alterType":1})",
         R"({"type":"alter","tableType":"super","tableName":"s","alterType":1})",
         R"({"type":"alter","tableType":"super","tableName":"s","alterType":3,"colName":"a"})",
         R"({"type":"alter","tableType":"super","tableName":"s","alterType":5,"colName":"a"})",
         R"({"type":"alter","tableType":"child","tableName":"s","alterType":4,"colName":"a","colValueNull":false})",
         R"({"type":"alter","tableType":"child","tableName":"s","alterType":15})",
         R"({"type":"alter","tableType":"child","tableName":"s","alterType":19,"tables":[{"tableName":"a"}]})",
         R"({"type":"alter","tableType":"","tableName":"s","alterType":16,"colName":"c","refDbName":"d"})",
         R"({"type":"alter","tableType":"super","tableName":"s","alterType":20,"tags":[{"colName":"a","regexp":"x"}]})"})
        EXPECT_EQ(refusal(json), defect_code::reply_malformed) << json;
}

TEST(unknown_json, is_kept_without_white_space_between_its_parts) {
    const auto change = read_one<unknown_meta>(" {\t\"type\" :\r\n \"mer ge\" , \"a\":[ 1 , { } ] } \n");
    EXPECT_EQ(change.json, R"({"type":"mer ge","a":[1,{}]})");
}

TEST(json_meta, reads_every_escape) {
    const auto change = read_one<delete_data>(
        R"({"\u0074ype":"del\u0065te","sql":"\"\\\/\b\f\n\r\t\u00e9\u20AC\ud83d\ude00 \ud800 \udc00x\ud800\u0041"})");
    EXPECT_EQ(change.sql, "\"\\/\b\f\n\r\t\u00e9\u20AC\U0001F600 \uFFFD \uFFFDx\uFFFDA");
}

TEST(json_meta, may_nest_its_parts_up_to_64_deep) {
    const auto nested = [](std::size_t depth) {
        return R"({"type":"x","a":)" + std::string(depth - 1, '[') + std::string(depth - 1, ']') + "}";
    };
    EXPECT_EQ(read_one<unknown_meta>(nested(64)).json, nested(64));
    EXPECT_EQ(refusal(nested(65)), defect_code::reply_not_json);
    EXPECT_EQ(refusal(nested(1'000'000)), defect_code::reply_not_json);
}

/// As many items as a text of so many bytes has room for.
std::string text_of(std::string_view front, std::string_view item, std::string_view back, std::size_t count) {
    std::string text(front);
    for (std::size_t i = 0; i < count; ++i) {
        if (i != 0) text += ',';
        text += item;
    }
    text += back;
    return text;
}

struct list_row {
    const char* front;
    const char* item;
    const char* back;
    std::size_t most;
};

const std::vector<list_row> lists = {
    {R"({"metas":[)", R"({"type":"x"})", "]}", 65'536},
    {R"({"metas":[)", R"({"type":"delete","sql":""})", "]}", 65'536},
    {R"({"type":"drop","tableNameList":[)", R"("")", "]}", 262'144},
    {R"({"type":"create","tableType":"normal","tableName":"","columns":[)", R"({"name":"","type":1})", "]}",
     262'144},
    {R"({"type":"create","tableType":"super","tableName":"","columns":[],"tags":[)",
     R"({"name":"","type":1})", "]}", 262'144},
    {R"({"type":"create","tableType":"child","createList":[)", R"({"tableName":"","using":"","tags":[]})",
     "]}", 262'144},
    {R"({"type":"create","tableType":"child","tableName":"","using":"","tags":[)", R"({"name":"","type":1})",
     "]}", 262'144},
    {R"({"type":"create","tableType":"child","tableName":"","using":"","tags":[],"refs":[)",
     R"({"colName":"","refDbName":"","refTableName":"","refColName":""})", "]}", 262'144},
    {R"({"type":"alter","tableName":"","alterType":15,"tags":[)", R"({"colName":"","colValueNull":true})",
     "]}", 262'144},
    {R"({"type":"alter","tableName":"","alterType":19,"tables":[)", R"({"tableName":"","tags":[]})", "]}",
     262'144},
};

TEST(json_meta, has_so_many_parts_and_no_more) {
    for (const list_row& list : lists) {
        EXPECT_FALSE(read(text_of(list.front, list.item, list.back, list.most)).empty()) << list.front;
        EXPECT_EQ(refusal(text_of(list.front, list.item, list.back, list.most + 1)),
                  defect_code::reply_malformed)
            << list.front;
    }
    // All changes together.
    const std::string drop = text_of(R"({"type":"drop","tableNameList":[)", R"("")", "]}", 65'536);
    EXPECT_EQ(read(text_of(R"({"metas":[)", drop, "]}", 4)).size(), 4U);
    EXPECT_EQ(refusal(text_of(R"({"metas":[)", drop, "]}", 5)), defect_code::reply_malformed);
}

TEST(json_meta, takes_at_most_six_times_the_size_of_the_longest_text) {
    constexpr std::size_t longest = std::size_t{16} << 20;
    for (const list_row& list : lists) {
        for (const std::size_t count : {list.most, longest / (std::string_view(list.item).size() + 1)}) {
            const std::string text = text_of(list.front, list.item, list.back, count);
            std::vector<meta> changes;
            const test::allocation_counter used;
            parse_json_meta(text, changes);
            EXPECT_LT(used.bytes(), 6 * longest) << list.front << ' ' << count;
        }
    }
}

}  // namespace
}  // namespace tmq::protocol
