#include "built_message.hpp"
#include "tmq/endpoint.hpp"
#include "tmq/format.hpp"
#include "tmq/row.hpp"

#include <gtest/gtest.h>

#include <sstream>
#include <string>

namespace tmq {
namespace {

using namespace test;

/// What a stream, GoogleTest and {fmt} print.
template <class T>
void expect_printed(const T& source, const std::string& text) {
    std::ostringstream out;
    out << source;
    EXPECT_EQ(out.str(), text);
    EXPECT_EQ(testing::PrintToString(source), text);
    EXPECT_EQ(fmt::format("{}", source), text);
    EXPECT_EQ(fmt::format("{:>40}", source), std::string(40 - text.size(), ' ') + text);
}

TEST(printing, of_times_numbers_and_types_is_their_text) {
    expect_printed(timestamp(1, time_precision::milliseconds), "1970-01-01T00:00:00.001Z");
    expect_printed(*decimal::from_string("-1.50"), "-1.50");
    expect_printed(data_type::unsigned_integer, "INT UNSIGNED");
    expect_printed(time_precision::milliseconds, "ms");
    expect_printed(time_precision::microseconds, "us");
    expect_printed(time_precision::nanoseconds, "ns");
}

TEST(printing, of_an_endpoint_has_its_port) {
    expect_printed(endpoint("db.example"), "db.example:6041");
    expect_printed(endpoint("::1", 6042), "[::1]:6042");
    EXPECT_EQ(to_string(endpoint("127.0.0.1", 1)), "127.0.0.1:1");
}

TEST(printing, of_a_value_is_plain_text) {
    expect_printed(value_view(), "NULL");
    expect_printed(value_view(std::string_view("a \"text\"")), "a \"text\"");
    expect_printed(value("a \"text\""), "a \"text\"");
    expect_printed(value(7), "7");
    expect_printed(json_view("[1]"), "[1]");
    expect_printed(json("[1]"), "[1]");
}

TEST(printing, of_a_row_is_json) {
    const built_message message =
        one_block(1, {fixed_column("a", data_type::integer, 4, {1}), null_column("b", 1)});
    const row_view first = message.block().dynamic_rows()[0];
    const std::string text = R"({"a":1,"b":null})";
    EXPECT_EQ(fmt::format("{} {}", first, first.to_owned()), text + ' ' + text);
    std::ostringstream out;
    out << first << ' ' << first.to_owned();
    EXPECT_EQ(out.str(), text + ' ' + text);
}

TEST(printing, of_a_value_of_a_tag_is_plain_text) {
    meta_value value;
    expect_printed(value, "NULL");
    value.type = data_type::varchar;
    value.data = std::string("a \"text\"");
    expect_printed(value, "a \"text\"");
    value.exact = false;
    value.printed = "1.7e+15";
    expect_printed(value, "1.7e+15");
}

/// What a stream and {fmt} print.
template <class Change>
void expect_json(const Change& change) {
    std::ostringstream out;
    out << change;
    EXPECT_EQ(out.str(), to_json(change));
    EXPECT_EQ(fmt::format("{}", change), to_json(change));
}

TEST(printing, of_a_table_change_is_json) {
    EXPECT_EQ(fmt::format("{}", alter_table{table_kind::super, "s", alterations::drop_column{"c"}}),
              R"({"type":"alter","tableType":"super","tableName":"s","alterType":6,"colName":"c"})");
    expect_json(create_table());
    expect_json(alter_table());
    expect_json(drop_table());
    expect_json(delete_data());
    expect_json(unknown_meta());
    expect_json(meta(drop_table{table_kind::unspecified, {"a"}}));
}

TEST(printing, of_an_error_names_its_code) {
    const boost::system::error_code code = make_error_code(errc::no_such_column);
    EXPECT_EQ(fmt::format("{}", code), code.message() + " [" + code.to_string() + "]");
    const error failure(code, "column 'a'");
    EXPECT_EQ(fmt::format("{}", failure), failure.what());
}

}  // namespace
}  // namespace tmq
