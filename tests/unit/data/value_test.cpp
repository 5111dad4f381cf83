#include "tmq/value.hpp"
#include "tmq/row.hpp"

#include "built_message.hpp"
#include "received_message.hpp"
#include "support/refusal.hpp"

#include <gtest/gtest.h>

#include <iterator>
#include <limits>
#include <string>
#include <vector>

namespace tmq {
namespace {

using namespace test;
using std::nullopt;

bytes_view as_bytes(std::string_view text) { return std::as_bytes(std::span(text)); }

std::shared_ptr<message> every_type() {
    const auto received = received_block(
        2,
        {fixed_column("ts", data_type::timestamp, 8, {1'700'000'000'001, nullopt}),
         fixed_column("bool", data_type::boolean, 1, {1, nullopt}),
         fixed_column("i8", data_type::tinyint, 1, {bits(std::int8_t{-8}), nullopt}),
         fixed_column("i16", data_type::smallint, 2, {bits(std::int16_t{-16}), nullopt}),
         fixed_column("i32", data_type::integer, 4, {bits(std::int32_t{-32}), nullopt}),
         fixed_column("i64", data_type::bigint, 8, {bits(std::numeric_limits<std::int64_t>::min()), nullopt}),
         fixed_column("u8", data_type::unsigned_tinyint, 1, {255, nullopt}),
         fixed_column("u16", data_type::unsigned_smallint, 2, {65'535, nullopt}),
         fixed_column("u32", data_type::unsigned_integer, 4, {4'294'967'295, nullopt}),
         fixed_column("u64", data_type::unsigned_bigint, 8,
                      {std::numeric_limits<std::uint64_t>::max(), nullopt}),
         fixed_column("f32", data_type::real, 4, {bits(0.1F), nullopt}),
         fixed_column("f64", data_type::double_precision, 8, {bits(0.1), nullopt}),
         decimal_column("d64", data_type::decimal64, 2, 5, {bits(std::int64_t{-12'345}), nullopt}),
         decimal_column("d128", data_type::decimal, 0, 38,
                        {bits(std::numeric_limits<std::int64_t>::min()), nullopt}),
         bytes_column("varchar", data_type::varchar, {"caf\xC3\xA9", nullopt}),
         nchar_column("nchar", {U"\u8868", nullopt}),
         bytes_column("varbinary", data_type::varbinary, {std::string_view("\x00\xFF", 2), nullopt}),
         bytes_column("geometry", data_type::geometry, {"\x01", nullopt}),
         bytes_column("blob", data_type::blob, {"\x02", nullopt}),
         bytes_column("json", data_type::varchar, {R"({"a":1})", nullopt}),
         null_column("nothing", 2)});
    make_json(*received, 19);
    return received;
}

const std::vector<value_view> expected = {timestamp(1'700'000'000'001, time_precision::milliseconds),
                                          true,
                                          std::int64_t{-8},
                                          std::int64_t{-16},
                                          std::int64_t{-32},
                                          std::numeric_limits<std::int64_t>::min(),
                                          std::uint64_t{255},
                                          std::uint64_t{65'535},
                                          std::uint64_t{4'294'967'295},
                                          std::numeric_limits<std::uint64_t>::max(),
                                          0.1F,
                                          0.1,
                                          *decimal::from_string("-123.45"),
                                          *decimal::from_string("-9223372036854775808"),
                                          std::string_view("caf\xC3\xA9"),
                                          std::string_view("\xE8\xA1\xA8"),
                                          as_bytes(std::string_view("\x00\xFF", 2)),
                                          as_bytes("\x01"),
                                          as_bytes("\x02"),
                                          json_view(R"({"a":1})"),
                                          value_view()};

TEST(value, is_every_cell_in_the_widest_type_of_its_kind) {
    const auto received = every_type();
    const block_view block = received->blocks()[0];
    ASSERT_EQ(block.column_count(), expected.size());
    for (std::size_t column = 0; column < expected.size(); ++column) {
        SCOPED_TRACE(block.column_name(column));
        EXPECT_TRUE(block.value(0, column) == expected[column]) << to_json(block.value(0, column));
        EXPECT_EQ(block.value(0, column).index(), expected[column].index());
        EXPECT_TRUE(block.value(1, column).is_null());
        EXPECT_TRUE(std::holds_alternative<std::monostate>(block.value(1, column)));
    }
}

TEST(value, is_visited_and_taken_apart_as_a_variant) {
    const auto received = every_type();
    const value_view number = received->blocks()[0].value(0, 4);
    EXPECT_EQ(std::get<std::int64_t>(number), -32);
    EXPECT_EQ(std::get_if<double>(&number), nullptr);
    EXPECT_TRUE(std::visit([]<class T>(const T&) { return std::is_same_v<T, std::int64_t>; }, number));
}

TEST(value, is_refused_for_a_column_that_is_not) {
    const auto received = every_type();
    const refusal behind = refusal_of([&] { (void)received->blocks()[0].value(0, 21); });
    EXPECT_EQ(behind.code, errc::no_such_column);
    EXPECT_TRUE(behind.says("column 21 of 21")) << behind.text;
    const row_view first = received->blocks()[0].dynamic_rows()[0];
    EXPECT_EQ(refusal_of([&] { (void)first[21]; }).code, errc::no_such_column);
    const refusal unknown = refusal_of([&] { (void)first["volume"]; });
    EXPECT_EQ(unknown.code, errc::no_such_column);
    EXPECT_TRUE(unknown.says("column 'volume'")) << unknown.text;
}

TEST(value, equals_what_has_the_same_type_and_contents) {
    EXPECT_TRUE(value_view() == value_view());
    EXPECT_TRUE(value_view(std::int64_t{1}) == value_view(std::int64_t{1}));
    EXPECT_FALSE(value_view(std::int64_t{1}) == value_view(std::int64_t{2}));
    EXPECT_FALSE(value_view(std::int64_t{1}) == value_view(std::uint64_t{1}));
    EXPECT_FALSE(value_view(std::int64_t{0}) == value_view());
    EXPECT_TRUE(value_view(as_bytes("ab")) == value_view(as_bytes(std::string("ab"))));
    EXPECT_FALSE(value_view(as_bytes("ab")) == value_view(as_bytes("abc")));
    EXPECT_FALSE(value_view(std::string_view("1")) == value_view(json_view("1")));
    EXPECT_FALSE(value_view(std::numeric_limits<double>::quiet_NaN()) ==
                 value_view(std::numeric_limits<double>::quiet_NaN()));
}

TEST(dynamic_row, gives_its_columns_by_index_and_by_name) {
    const built_message message =
        one_block(2, {fixed_column("ts", data_type::timestamp, 8, {1, 2}),
                      fixed_column("Voltage", data_type::integer, 4, {220, nullopt})});
    const dynamic_row_range rows = message.block().dynamic_rows();
    ASSERT_EQ(rows.size(), 2U);
    EXPECT_FALSE(rows.empty());
    const row_view second = rows[1];
    ASSERT_EQ(second.size(), 2U);
    EXPECT_EQ(second.name(1), "Voltage");
    EXPECT_EQ(second.type(1), data_type::integer);
    EXPECT_TRUE(second[0] == value_view(timestamp(2, time_precision::milliseconds)));
    EXPECT_TRUE(second["VOLTAGE"].is_null());
    EXPECT_TRUE(rows[0]["voltage"] == value_view(std::int64_t{220}));
}

TEST(dynamic_row, has_nulls_where_the_column_has_them) {
    std::vector<optional_number> numbers;
    std::vector<optional_text> texts;
    for (std::uint64_t index = 0; index < 40; ++index) {
        numbers.push_back(index % 3 == 0 ? optional_number() : optional_number(index));
        texts.push_back(index % 5 == 0 ? optional_text() : optional_text("text"));
    }
    const built_message message = one_block(40, {fixed_column("number", data_type::integer, 4, numbers),
                                                 bytes_column("text", data_type::varchar, texts)});
    const dynamic_row_range rows = message.block().dynamic_rows();
    for (std::size_t index = 0; index < rows.size(); ++index) {
        SCOPED_TRACE(index);
        const value_view number =
            index % 3 == 0 ? value_view() : value_view(static_cast<std::int64_t>(index));
        EXPECT_TRUE(rows[index][0] == number);
        EXPECT_TRUE(message.block().value(index, 0) == number);
        EXPECT_EQ(rows[index]["text"].is_null(), index % 5 == 0);
    }
}

TEST(dynamic_row, is_walked_field_by_field) {
    const built_message message = one_block(2, {fixed_column("a", data_type::integer, 4, {1, nullopt}),
                                                bytes_column("b", data_type::varchar, {"x", "y"})});
    std::string seen;
    for (const row_view current : message.block().dynamic_rows()) {
        for (const auto& [name, cell] : current)
            seen += std::string(name) + '=' + to_string(cell) + ' ';
        seen += '|';
    }
    EXPECT_EQ(seen, "a=1 b=x |a=NULL b=y |");
}

TEST(json_text, of_a_row_has_every_type_in_the_order_of_the_columns) {
    const auto received = every_type();
    const dynamic_row_range rows = received->blocks()[0].dynamic_rows();
    EXPECT_EQ(
        to_json(rows[0]),
        R"({"ts":"2023-11-14T22:13:20.001Z","bool":true,"i8":-8,"i16":-16,"i32":-32,"i64":-9223372036854775808,)"
        R"("u8":255,"u16":65535,"u32":4294967295,"u64":18446744073709551615,"f32":0.1,"f64":0.1,)"
        R"("d64":"-123.45","d128":"-9223372036854775808","varchar":"café","nchar":"表",)"
        R"("varbinary":"0x00ff","geometry":"0x01","blob":"0x02","json":{"a":1},"nothing":null})");
    EXPECT_EQ(
        to_json(rows[1]),
        R"({"ts":null,"bool":null,"i8":null,"i16":null,"i32":null,"i64":null,"u8":null,"u16":null,"u32":null,"u64":null,"f32":null,)"
        R"("f64":null,"d64":null,"d128":null,"varchar":null,"nchar":null,"varbinary":null,"geometry":null,"blob":null,"json":null,)"
        R"("nothing":null})");
}

TEST(json_text, of_floats_is_the_shortest_that_reads_back_the_same) {
    EXPECT_EQ(to_json(value_view(3.4e+38F)), "3.4e+38");
    EXPECT_EQ(to_json(value_view(0.1)), "0.1");
    EXPECT_EQ(to_json(value_view(-0.0)), "-0");
    EXPECT_EQ(to_json(value_view(5e-324)), "5e-324");
    EXPECT_EQ(to_json(value_view(std::numeric_limits<double>::quiet_NaN())), R"("NaN")");
    EXPECT_EQ(to_json(value_view(std::numeric_limits<float>::infinity())), R"("Infinity")");
    EXPECT_EQ(to_json(value_view(-std::numeric_limits<double>::infinity())), R"("-Infinity")");
}

TEST(json_text, of_text_is_escaped_and_always_utf8) {
    EXPECT_EQ(to_json(value_view(std::string_view("a\"\\\n\x01z"))), R"("a\"\\\u000a\u0001z")");
    EXPECT_EQ(to_json(value_view(std::string_view("\xFF"
                                                  "a\xC3"))),
              R"("\ufffda\ufffd")");
    const built_message message = one_block(1, {fixed_column("a\"b", data_type::integer, 4, {1})});
    EXPECT_EQ(to_json(message.block().dynamic_rows()[0]), R"({"a\"b":1})");
}

TEST(json_text, shows_no_control_character_of_any_cell) {
    const std::string_view acting = "\x7F\u009B\u202E\u2028";
    EXPECT_EQ(to_json(value_view(acting)), R"("\u007f\u009b\u202e\u2028")");
    const std::string json = R"({"k":")" + std::string(acting) + R"("})";
    EXPECT_EQ(to_json(value_view(json_view(json))), R"({"k":"\u007f\u009b\u202e\u2028"})");
}

TEST(json_text, of_json_is_embedded_when_it_is_json) {
    EXPECT_EQ(to_json(value_view(json_view(R"({"k":[1,"x"]})"))), R"({"k":[1,"x"]})");
    EXPECT_EQ(to_json(value_view(json_view("null"))), "null");
    EXPECT_EQ(to_json(value_view(json_view(R"({"k":)"))), R"("{\"k\":")");
    EXPECT_EQ(to_json(value_view(json_view("1\n2"))), R"("1\u000a2")");
    EXPECT_EQ(to_json(value_view(json_view(""))), R"("")");
}

TEST(plain_text, of_a_value_has_no_quotes_and_no_escapes) {
    EXPECT_EQ(to_string(value_view()), "NULL");
    EXPECT_EQ(to_string(value_view(false)), "false");
    EXPECT_EQ(to_string(value_view(std::string_view("a\"b\n"))), "a\"b\n");
    EXPECT_EQ(to_string(value_view(as_bytes("\x1F"))), "0x1f");
    EXPECT_EQ(to_string(value_view(as_bytes(""))), "0x");
    EXPECT_EQ(to_string(value_view(json_view(R"({"a":1})"))), R"({"a":1})");
    EXPECT_EQ(to_string(value_view(timestamp(0, time_precision::nanoseconds))),
              "1970-01-01T00:00:00.000000000Z");
    EXPECT_EQ(to_string(value_view(std::numeric_limits<float>::quiet_NaN())), "NaN");
    EXPECT_EQ(to_string(value_view(*decimal::from_string("-0.50"))), "-0.50");
}

}  // namespace
}  // namespace tmq
