#include "wire/json.hpp"

#include "hostile.hpp"
#include "parsed_column.hpp"
#include "printing.hpp"
#include "support/layout_access.hpp"
#include "support/message_builder.hpp"
#include "wire/block.hpp"

#include <gtest/gtest.h>
#include <simdjson.h>

#include <cmath>
#include <limits>
#include <random>

namespace tmq::wire {
namespace {

using namespace test;

using cells = std::vector<std::optional<byte_builder>>;

parsed_column parse_json(const cells& values) { return parsed_column(json_column("j", values)); }
parsed_column parse_json_cells(const std::vector<std::int64_t>& offsets, const byte_builder& bytes) {
    return parsed_column(column_of_cells("j", data_type::json, offsets, bytes));
}

std::string text_of_cell(const byte_builder& cell) {
    const parsed_column column = parse_json({cell});
    EXPECT_EQ(column.error, defect{});
    return column.error ? std::string() : std::string(column[0].value());
}
std::string text_of_number(double value) {
    const std::string text = text_of_cell(tag_set({json_number("", value)}));
    return text.substr(4, text.size() - 5);  // {"":...}
}
std::string text_of_string(std::u32string_view value) {
    const std::string text = text_of_cell(tag_set({json_string("", value)}));
    return text.substr(4, text.size() - 5);
}

byte_builder null_scalar() { return byte_builder().u8(0); }
byte_builder boolean_scalar(bool value) { return byte_builder().u8(1).u8(value ? 1 : 0); }
byte_builder number_scalar(double value) {
    return byte_builder().u8(7).u64(std::bit_cast<std::uint64_t>(value));
}
byte_builder string_scalar(std::u32string_view value) {
    byte_builder out = byte_builder().u8(10).u16(4 * value.size());
    for (const char32_t code : value)
        out.u32(code);
    return out;
}

TEST(json, object_becomes_text_in_the_order_of_its_tags_without_spaces) {
    const parsed_column column =
        parse_json({tag_set({json_string("k1", U"v1"), json_number("k2", 2), json_boolean("k3", true),
                             json_null("k4"), json_boolean("a", false), json_string("s", U"\u6587")}),
                    std::nullopt, tag_set({json_number("d", -1.5)})});
    ASSERT_EQ(column.error, defect{});
    EXPECT_EQ(column[0], R"({"k1":"v1","k2":2,"k3":true,"k4":null,"a":false,"s":"文"})");
    EXPECT_EQ(column[1], std::nullopt);
    EXPECT_EQ(column[2], R"({"d":-1.5})");
    EXPECT_TRUE(lies_within(column.layout, column.bytes.view()));
    EXPECT_TRUE(column_of(column.layout, 0, 0).wide);
}

TEST(json, null_is_no_sql_null) {
    const parsed_column column = parse_json({null_scalar(), std::nullopt, tag_set({})});
    ASSERT_EQ(column.error, defect{});
    EXPECT_EQ(column[0], "null");
    EXPECT_EQ(column[1], std::nullopt);
    EXPECT_EQ(column[2], "null") << "the server prints an object without tags like this";
}

TEST(json, value_out_of_an_object_stands_alone) {
    const parsed_column column = parse_json({boolean_scalar(true), boolean_scalar(false), number_scalar(0.25),
                                             string_scalar(U"a \u6587"), string_scalar(U""), null_scalar()});
    ASSERT_EQ(column.error, defect{});
    EXPECT_EQ(column[0], "true");
    EXPECT_EQ(column[1], "false");
    EXPECT_EQ(column[2], "0.25");
    EXPECT_EQ(column[3], "\"a \u6587\"");
    EXPECT_EQ(column[4], "\"\"");
    EXPECT_EQ(column[5], "null");
}

TEST(json, number_has_fifteen_digits_or_seventeen_when_it_needs_them) {
    EXPECT_EQ(text_of_number(0), "0");
    EXPECT_EQ(text_of_number(-0.0), "0");
    EXPECT_EQ(text_of_number(2147483648.0), "2147483648");
    EXPECT_EQ(text_of_number(-9007199254740991.0), "-9007199254740991");
    EXPECT_EQ(text_of_number(1e14), "100000000000000");
    EXPECT_EQ(text_of_number(1e15), "1e+15");
    EXPECT_EQ(text_of_number(0.1), "0.1");
    EXPECT_EQ(text_of_number(1e-5), "1e-05");
    EXPECT_EQ(text_of_number(0.1 + 0.2), "0.30000000000000004");
    EXPECT_EQ(text_of_number(-std::numeric_limits<double>::max()), "-1.7976931348623157e+308");
    EXPECT_EQ(text_of_number(std::numeric_limits<double>::denorm_min()), "4.94065645841247e-324");
}

TEST(json, number_that_json_lacks_is_null) {
    for (const double value :
         {std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity(), std::nan("")})
        EXPECT_EQ(text_of_number(value), "null");
}

TEST(json, number_reads_back_as_it_was) {
    std::mt19937_64 random(11);
    for (int round = 0; round < 20'000; ++round) {
        const auto value = std::bit_cast<double>(static_cast<std::uint64_t>(random()));
        if (!std::isfinite(value)) continue;
        ASSERT_EQ(std::strtod(text_of_number(value).c_str(), nullptr), value);
    }
}

TEST(json, string_is_escaped_where_json_demands_it) {
    EXPECT_EQ(text_of_string(U"\"\\/"), R"("\"\\/")");
    EXPECT_EQ(text_of_string(U"\b\f\n\r\t"), R"("\b\f\n\r\t")");
    EXPECT_EQ(text_of_string(std::u32string_view(U"\0\x01\x1F\x7F", 4)), "\"\\u0000\\u0001\\u001f\x7F\"");
    EXPECT_EQ(text_of_string(U"\u00E9\u6587\U0001F600"), "\"\u00E9\u6587\U0001F600\"");
    EXPECT_EQ(text_of_cell(tag_set({json_null("\"\n\\\x02\u00E9")})), "{\"\\\"\\n\\\\\\u0002\u00E9\":null}");
}

TEST(json, every_code_point_reads_back) {
    std::u32string chunk;
    simdjson::dom::parser parser;
    for (char32_t code = 0; code <= 0x10FFFF; ++code) {
        if (code < 0xD800 || code > 0xDFFF) chunk += code;
        if (chunk.size() < 4'000 && code != 0x10FFFF) continue;
        const std::string text = text_of_cell(string_scalar(chunk));
        const std::string_view value = parser.parse(text);
        std::string expected;
        for (const char32_t c : chunk) {
            const auto bits = [&](unsigned shift) { return static_cast<char>(0x80 | (c >> shift & 0x3F)); };
            if (c < 0x80)
                expected += static_cast<char>(c);
            else if (c < 0x800)
                (expected += static_cast<char>(0xC0 | c >> 6)) += bits(0);
            else if (c < 0x10000)
                ((expected += static_cast<char>(0xE0 | c >> 12)) += bits(6)) += bits(0);
            else
                (((expected += static_cast<char>(0xF0 | c >> 18)) += bits(12)) += bits(6)) += bits(0);
        }
        ASSERT_EQ(value, expected) << static_cast<std::uint32_t>(code);
        chunk.clear();
    }
}

TEST(json, cell_that_grows_most_has_room) {
    // AddressSanitizer watches the room.
    const std::string key(256, '\x01');
    const std::u32string text(1'000, U'\x01');
    cells values;
    for (int i = 0; i < 300; ++i)
        values.push_back(null_scalar());
    values.push_back(tag_set({json_null(key), json_string(key, text),
                              json_number("", -std::numeric_limits<double>::max()), json_null("")},
                             0x60));
    for (int i = 0; i < 300; ++i)
        values.push_back(boolean_scalar(false));
    values.push_back(string_scalar(text));
    const parsed_column column = parse_json(values);
    ASSERT_EQ(column.error, defect{});
    EXPECT_TRUE(lies_within(column.layout, column.bytes.view()));
    std::string escaped;
    for (int i = 0; i < 256; ++i)
        escaped += "\\u0001";
    EXPECT_TRUE(column[300]->starts_with("{\"" + escaped + "\":null,\"" + escaped + "\":\"" + escaped));
    EXPECT_EQ(column[299], "null");
    EXPECT_EQ(column[301], "false");
    EXPECT_EQ(column[601]->size(), 6'002U);
}

TEST(json, large_set_has_an_index_of_two_bytes) {
    std::vector<byte_builder> tags;
    std::string expected = "{";
    for (int i = 0; i < 127; ++i) {
        tags.push_back(json_number("key" + std::to_string(i), i));
        expected += (i == 0 ? "\"key" : ",\"key") + std::to_string(i) + "\":" + std::to_string(i);
    }
    EXPECT_EQ(text_of_cell(tag_set(tags, json_tags | large_tags)), expected + "}");
}

TEST(json, tags_may_have_gaps_between_them_and_bytes_behind_them) {
    const byte_builder tags =
        byte_builder().u8(0xFF).append(json_null("a"), "a.").u8(0xFF).append(json_null("b"), "b.").u8(0xFF);
    const byte_builder set =
        byte_builder().u8(0x40).u16(9 + 2 + tags.size()).u16(2).u32(0).u8(1).u8(8).append(tags);
    EXPECT_EQ(text_of_cell(set), R"({"a":null,"b":null})");
}

TEST(json, set_may_have_any_schema_version) {
    EXPECT_EQ(text_of_cell(
                  byte_builder().u8(0x40).u16(15).u16(1).u32(0xFFFF'FFFF).u8(0).append(json_null("")).u8(0)),
              R"({"":null})");
}

TEST(json, cells_may_be_shared_and_stand_in_any_order_with_gaps_between_them) {
    const byte_builder bytes =
        byte_builder().u8(0xFF).append(tag_set({json_null("a")})).u8(0xFF).append(boolean_scalar(true)).u8(0);
    const auto boolean_at = static_cast<std::int64_t>(bytes.size() - 3);
    const parsed_column column = parse_json_cells({boolean_at, 1, -1, boolean_at, 1, boolean_at + 2}, bytes);
    ASSERT_EQ(column.error, defect{});
    EXPECT_EQ(column[0], "true");
    EXPECT_EQ(column[1], R"({"a":null})");
    EXPECT_EQ(column[2], std::nullopt);
    EXPECT_EQ(column[3], "true");
    EXPECT_EQ(column[4], R"({"a":null})");
    EXPECT_EQ(column[5], "null");
    EXPECT_EQ(column[0]->data(), column[3]->data()) << "a shared cell is written once";
}

TEST(json, column_of_nulls_has_no_cells) {
    const parsed_column column = parse_json_cells({-1, -1}, {});
    ASSERT_EQ(column.error, defect{});
    EXPECT_EQ(column[0], std::nullopt);
    EXPECT_EQ(column[1], std::nullopt);
}

TEST(json, leaves_the_message_as_it_was) {
    const parsed_column column = parse_json({tag_set({json_string("k", U"v")})});
    ASSERT_EQ(column.error, defect{});
    const auto bytes = column.bytes.view();
    EXPECT_EQ(std::vector(bytes.begin(), bytes.end()), column.block.bytes());
}

TEST(json, of_a_fetched_block_is_text_already) {
    const parsed_column column(bytes_column("j", data_type::json, {R"({"a":1})", std::nullopt, ""}),
                               json_form::text);
    ASSERT_EQ(column.error, defect{});
    EXPECT_EQ(column[0], R"({"a":1})");
    EXPECT_EQ(column[1], std::nullopt);
    EXPECT_EQ(column[2], "");
    EXPECT_FALSE(column_of(column.layout, 0, 0).wide);
    EXPECT_TRUE(lies_within(column.layout, column.bytes.view()));

    const parsed_column cut(column_of_cells("j", data_type::json, {0}, byte_builder().u16(3).text("12")),
                            json_form::text);
    EXPECT_EQ(cut.error, (defect{defect_code::cell_length_invalid, cut.block.at("cells0")}));
}

TEST(json, refuses_different_cells_that_share_bytes) {
    const byte_builder bytes = tag_set({json_string("k", U"abc")});
    for (const std::size_t second : {1U, 9U, 15U, static_cast<unsigned>(bytes.size()) - 1}) {
        const parsed_column column = parse_json_cells({static_cast<std::int64_t>(second), 0}, bytes);
        EXPECT_EQ(column.error, (defect{defect_code::json_cells_overlap, column.block.at("cells0") + second}))
            << second;
    }
    EXPECT_EQ(parse_json_cells({2, 0}, boolean_scalar(true).u8(0)).error, defect{});
    const parsed_column scalars = parse_json_cells({1, 0}, number_scalar(1).u8(0));
    EXPECT_EQ(scalars.error, (defect{defect_code::json_cells_overlap, scalars.block.at("cells0") + 1}));
}

TEST(json, refuses_a_column_whose_offsets_could_not_hold_the_text) {
    byte_builder block = parse_json({null_scalar()}).block;
    const auto error_with_length = [&](std::int64_t length) {
        const exact_bytes bytes(block.patch("length0", as_i32(length)).bytes());
        detail::message_layout layout;
        return parse_block(bytes.view(), 0, {}, json_form::binary, layout);
    };
    EXPECT_EQ(error_with_length(0x1000'0000),
              (defect{defect_code::json_column_too_large, block.at("length0")}));
    EXPECT_EQ(error_with_length(0x0FFF'FFFF).code, defect_code::truncated);
}

TEST(json, every_proper_prefix_of_a_cell_is_refused) {
    for (const byte_builder& cell :
         {tag_set({json_string("k", U"abc"), json_number("n", 1), json_boolean("b", true), json_null("z")}),
          number_scalar(1), boolean_scalar(true), string_scalar(U"ab")}) {
        for (std::size_t size = 1; size < cell.size(); ++size) {
            const parsed_column column =
                parse_json_cells({0}, byte_builder().raw(std::span(cell.bytes()).first(size)));
            EXPECT_TRUE(column.error.code == defect_code::truncated ||
                        column.error.code == defect_code::tags_size_invalid ||
                        column.error.code == defect_code::cell_length_invalid)
                << size;
        }
    }
}

byte_builder hostile_object() {
    return tag_set(
        {json_string("k1", U"v1"), json_number("k2", 2), json_boolean("k3", true), json_null("k4")});
}
std::int64_t object_size() { return static_cast<std::int64_t>(hostile_object().size()); }

/// One row with an object of four tags, one with a string, one with null; then bytes of no cell.
column_spec hostile_column() {
    column_spec column = json_column("j", {hostile_object(), string_scalar(U"xy"), std::nullopt});
    column.cells.mark("gap").u8(0x40).u8(1);
    return column;
}

class hostile_json_cell : public ::testing::TestWithParam<hostile> {};

TEST_P(hostile_json_cell, is_refused_at_the_field_that_is_wrong) {
    block_spec spec;
    spec.rows = 3;
    spec.columns.push_back(hostile_column());
    const byte_builder valid = build_block(spec);
    detail::message_layout layout;
    ASSERT_EQ(parse_block(valid.bytes(), 0, {}, json_form::binary, layout), defect{});
    layout.clear();
    const exact_bytes bytes(GetParam().applied_to(valid).bytes());
    EXPECT_EQ(parse_block(bytes.view(), 0, {}, json_form::binary, layout), GetParam().expected_in(valid));
}

const hostile hostile_json[] = {
    {"offset_minus_2", "front0", as_i32(-2), defect_code::cell_offset_invalid, "front0"},
    {"offset_lowest", "front0", as_i32(-0x7FFF'FFFF - 1), defect_code::cell_offset_invalid, "front0"},
    {"offset_at_the_end", "front0", as_i32(object_size() + 13), defect_code::cell_offset_invalid, "front0"},
    {"offset_in_the_last_row", "front0", byte_builder().i32(0).i32(-1).i32(0x7FFF'FFFF),
     defect_code::cell_offset_invalid, "front0", 8},
    {"offset_into_the_other_cell", "front0", byte_builder().i32(0).i32(object_size() - 2),
     defect_code::json_cells_overlap, "0.cell1", static_cast<std::uint64_t>(-2)},
    {"form_integer", "0.cell0.flags", as_u8(4), defect_code::json_form_unknown, "0.cell0.flags"},
    {"form_json", "0.cell0.flags", as_u8(15), defect_code::json_form_unknown, "0.cell0.flags"},
    {"form_255", "0.cell0.flags", as_u8(0x9F), defect_code::json_form_unknown, "0.cell0.flags"},
    {"flag_unknown", "0.cell0.flags", as_u8(0x41), defect_code::tags_flags_unknown, "0.cell0.flags"},
    {"flag_top_bit", "0.cell0.flags", as_u8(0xC0), defect_code::tags_flags_unknown, "0.cell0.flags"},
    {"size_negative", "0.cell0.size", as_u16(0x8000), defect_code::tags_size_invalid, "0.cell0.size"},
    {"size_minus_1", "0.cell0.size", as_u16(0xFFFF), defect_code::tags_size_invalid, "0.cell0.size"},
    {"size_below_the_header", "0.cell0.size", as_u16(8), defect_code::tags_size_invalid, "0.cell0.size"},
    {"size_past_the_column", "0.cell0.size", as_u16(0x7FFF), defect_code::tags_size_invalid, "0.cell0.size"},
    {"size_one_short", "0.cell0.size", as_u16(static_cast<std::uint64_t>(object_size()) - 1),
     defect_code::truncated, "0.cell0.tag3.value"},
    {"size_one_long", "0.cell0.size", as_u16(static_cast<std::uint64_t>(object_size()) + 1),
     defect_code::json_cells_overlap, "0.cell1"},
    {"size_without_values", "0.cell0.size", as_u16(13), defect_code::tags_index_invalid, "0.cell0.index0"},
    {"size_without_index", "0.cell0.size", as_u16(12), defect_code::tags_count_invalid, "0.cell0.count"},
    {"count_negative", "0.cell0.count", as_u16(0xFFFF), defect_code::tags_count_invalid, "0.cell0.count"},
    {"count_lowest", "0.cell0.count", as_u16(0x8000), defect_code::tags_count_invalid, "0.cell0.count"},
    {"count_past_the_set", "0.cell0.count", as_u16(0x7FFF), defect_code::tags_count_invalid, "0.cell0.count"},
    {"large_but_narrow_index", "0.cell0.flags", as_u8(0x60), defect_code::tags_index_invalid,
     "0.cell0.index0"},
    {"index_backwards", "0.cell0.index2", as_u8(0), defect_code::tags_index_invalid, "0.cell0.index2"},
    {"index_into_the_value_before", "0.cell0.index1", as_u8(13), defect_code::tags_index_invalid,
     "0.cell0.index1"},
    {"index_past_the_end", "0.cell0.index3", as_u8(255), defect_code::tags_index_invalid, "0.cell0.index3"},
    {"key_of_length_0", "0.cell0.tag0.key", as_u8(0), defect_code::name_length_invalid, "0.cell0.tag0.key"},
    {"key_of_length_258", "0.cell0.tag0.key", byte_builder().u8(0x82).u8(0x02),
     defect_code::name_length_invalid, "0.cell0.tag0.key"},
    {"key_past_the_set", "0.cell0.tag3.key", as_u8(100), defect_code::truncated, "0.cell0.tag3.key"},
    {"key_without_nul", "0.cell0.tag0.key", byte_builder().u8(3).text("k1!"),
     defect_code::name_not_terminated, "0.cell0.tag0.key"},
    {"key_with_nul", "0.cell0.tag0.key", byte_builder().u8(3).u8('k').u8(0).u8(0), defect_code::name_has_nul,
     "0.cell0.tag0.key"},
    {"key_not_utf8", "0.cell0.tag0.key", byte_builder().u8(3).u8(0xC3).u8('1').u8(0),
     defect_code::name_not_utf8, "0.cell0.tag0.key"},
    {"key_length_of_six_bytes", "0.cell0.tag0.key", byte_builder().u32(0x8080'8080).u16(0x0180),
     defect_code::varint_too_large, "0.cell0.tag0.key"},
    {"type_unknown", "0.cell0.tag2.type", as_u8(22), defect_code::tag_type_unknown, "0.cell0.tag2.type"},
    {"type_mediumblob", "0.cell0.tag2.type", as_u8(19), defect_code::tag_type_unknown, "0.cell0.tag2.type"},
    {"type_not_of_json", "0.cell0.tag2.type", as_u8(2), defect_code::json_form_unknown, "0.cell0.tag2.type"},
    {"type_varchar", "0.cell0.tag0.type", as_u8(8), defect_code::json_form_unknown, "0.cell0.tag0.type"},
    {"number_past_the_set", "0.cell0.tag3.type", as_u8(7), defect_code::truncated, "0.cell0.tag3.value"},
    {"string_past_the_set", "0.cell0.tag0.value", as_u8(127), defect_code::truncated, "0.cell0.tag0.value"},
    {"string_length_of_six_bytes", "0.cell0.tag0.value", byte_builder().u32(0x8080'8080).u16(0x0180),
     defect_code::varint_too_large, "0.cell0.tag0.value"},
    {"string_length_6", "0.cell0.tag0.value", as_u8(6), defect_code::nchar_length_invalid,
     "0.cell0.tag0.text"},
    {"string_with_surrogate", "0.cell0.tag0.text", byte_builder().u32('a').u32(0xD800),
     defect_code::nchar_code_point_invalid, "0.cell0.tag0.text", 4},
    {"string_above_unicode", "0.cell0.tag0.text", byte_builder().u32(0x11'0000),
     defect_code::nchar_code_point_invalid, "0.cell0.tag0.text"},
    {"scalar_string_past_the_column", "0.cell1", byte_builder().u8(10).u16(11),
     defect_code::cell_length_invalid, "0.cell1"},
    {"scalar_string_length_6", "0.cell1", byte_builder().u8(10).u16(6), defect_code::nchar_length_invalid,
     "0.cell1", 3},
    {"scalar_string_with_surrogate", "0.cell1", byte_builder().u8(10).u16(8).u32(0xDFFF),
     defect_code::nchar_code_point_invalid, "0.cell1", 3},
    {"object_in_the_last_bytes", "front0", byte_builder().i32(0).i32(object_size() + 11),
     defect_code::truncated, "0.gap"},
    {"boolean_in_the_last_byte", "front0", byte_builder().i32(0).i32(object_size() + 12),
     defect_code::cell_length_invalid, "0.gap", 1},
};

INSTANTIATE_TEST_SUITE_P(defects, hostile_json_cell, ::testing::ValuesIn(hostile_json), name_of);

}  // namespace
}  // namespace tmq::wire
