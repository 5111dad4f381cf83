#include "meta_builder.hpp"
#include "printing.hpp"
#include "protocol/json_meta.hpp"
#include "same_change.hpp"
#include "wire/meta/meta_message.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <ostream>
#include <string>

namespace tmq {
namespace {

using namespace test;
using wire::defect;

/// A change in both forms, and what it says.
struct alteration_case {
    std::string name;
    std::uint16_t raw_type = 0;
    byte_builder raw;
    std::string json;
    alter_table expected;
};

void PrintTo(const alteration_case& c, std::ostream* out) { *out << c.name; }

column_definition named(std::string name, data_type type = data_type::null) {
    column_definition column;
    column.name = std::move(name);
    column.type = type;
    return column;
}

column_definition sized(std::string name, data_type type, std::int32_t length) {
    column_definition column = named(std::move(name), type);
    column.length = length;
    return column;
}

column_definition digits(std::string name, data_type type, std::uint8_t precision, std::uint8_t scale) {
    column_definition column = named(std::move(name), type);
    column.precision = precision;
    column.scale = scale;
    return column;
}

column_definition compressed(column_definition column, std::string encode, std::string compress,
                             std::string level) {
    column.encode = std::move(encode);
    column.compress = std::move(compress);
    column.level = std::move(level);
    return column;
}

alter_table of_super(alteration change) { return {table_kind::super, "s", std::move(change)}; }
alter_table of_table(table_kind kind, alteration change) { return {kind, "t", std::move(change)}; }
alter_table of_normal(alteration change) { return of_table(table_kind::normal, std::move(change)); }
alter_table of_child(alteration change) { return of_table(table_kind::child, std::move(change)); }

tag_change tag_set_to(std::string name, data_type type, decltype(meta_value::data) value) {
    tag_change tag;
    tag.name = std::move(name);
    tag.value.type = type;
    tag.value.data = std::move(value);
    return tag;
}

/// A child table with one tag set.
alter_table with_tag(data_type type, decltype(meta_value::data) value) {
    return of_child(alterations::set_tag{tag_set_to("g", type, std::move(value))});
}

column_source source_of(std::string column) { return {std::move(column), "db", "other", "c"}; }

byte_builder cstr(std::string_view text) { return byte_builder().cstr(text); }
byte_builder added_column(std::string_view name, data_type type, std::int64_t bytes) {
    return cstr(name).u8(static_cast<std::uint64_t>(type)).u8(1).zigzag(bytes);
}
byte_builder source_of_column() { return cstr("db").cstr("other").cstr("c"); }

/// A new column has its digits behind everything else.
byte_builder added_decimal() {
    byte_builder content;
    content.cstr("t")
        .u8(5)
        .u32(0)
        .append(added_column("d", data_type::decimal, 16))
        .i64(1700000000000)
        .u8(0)
        .u32(38 << 8 | 10);
    return with_head(with_length(content));
}

byte_builder tags_of_tables() {
    byte_builder content;
    content.u8(0).u8(19).u32(0).zigzag(2);
    content.cstr("a").zigzag(2);
    content.u8(0).zigzag(4).cstr("g").u8(4).u8(0).varint(4).u32(11);
    content.u8(0).zigzag(5).cstr("n").u8(10).u8(0).varint(4).text(ucs4(U"甲"));
    content.cstr("b").zigzag(1);
    content.u8(0).zigzag(4).cstr("g").u8(4).u8(0).varint(4).i32(-1);
    content.i64(1700000000000).u8(0);
    return with_head(with_length(content));
}

alter_table expected_tags_of_tables() {
    return {
        table_kind::child, "",
        alterations::set_tags_of_tables{{{"a",
                                          {tag_set_to("g", data_type::integer, std::int64_t{11}),
                                           tag_set_to("n", data_type::nchar, std::string("甲"))}},
                                         {"b", {tag_set_to("g", data_type::integer, std::int64_t{-1})}}}}};
}

byte_builder super(std::uint64_t type, const std::vector<field_spec>& fields, std::uint32_t algorithm = 0) {
    return altered_super_table(alteration_request(type, fields, algorithm));
}

byte_builder options_with_comment() {
    byte_builder request;
    request.cstr("1.db.s").u8(9).u32(0).u32(0).u32(4).cstr("text").u32(0);
    return altered_super_table(with_length(request));
}

std::vector<alteration_case> all_cases() {
    constexpr std::uint16_t of_s = wire::raw_type_altered_super_table;
    constexpr std::uint16_t of_t = wire::raw_type_altered_table;
    const auto integer = data_type::integer;
    const auto varchar = data_type::varchar;
    const auto nchar = data_type::nchar;
    const std::string super_json = R"({"type":"alter","tableType":"super","tableName":"s",)";
    const std::string normal_json = R"({"type":"alter","tableType":"normal","tableName":"t",)";
    const std::string child_json = R"({"type":"alter","tableType":"child","tableName":"t",)";
    const std::string other_json = R"({"type":"alter","tableType":"","tableName":"t",)";
    const std::string source_json = R"("refDbName":"db","refTbName":"other","refColName":"c"})";
    return {
        {"super_add_tag", of_s, super(1, {{nchar, 34, "t2"}}),
         super_json + R"("alterType":1,"colName":"t2","colType":10,"colLength":8})",
         of_super(alterations::add_tag{sized("t2", nchar, 8)})},
        {"super_drop_tag", of_s, super(2, {{data_type::null, 0, "t2"}}),
         super_json + R"("alterType":2,"colName":"t2"})", of_super(alterations::drop_tag{"t2"})},
        {"super_rename_tag", of_s, super(3, {{data_type::null, 0, "a"}, {data_type::null, 0, "b"}}),
         super_json + R"("alterType":3,"colName":"a","colNewName":"b"})",
         of_super(alterations::rename_tag{"a", "b"})},
        {"super_add_column", of_s, super(5, {{data_type::decimal64, 8, "v"}}),
         super_json + R"("alterType":5,"colName":"v","colType":21,"colLength":2562})",
         of_super(alterations::add_column{digits("v", data_type::decimal64, 10, 2)})},
        {"super_drop_column", of_s, super(6, {{data_type::null, 0, "v"}}),
         super_json + R"("alterType":6,"colName":"v"})", of_super(alterations::drop_column{"v"})},
        {"super_modify_column", of_s, super(7, {{varchar, 66, "c"}}),
         super_json + R"("alterType":7,"colName":"c","colType":8,"colLength":64})",
         of_super(alterations::modify_column_length{"c", varchar, 64})},
        {"super_modify_tag", of_s, super(8, {{varchar, 66, "c"}}),
         super_json + R"("alterType":8,"colName":"c","colType":8,"colLength":64})",
         of_super(alterations::modify_tag_length{"c", varchar, 64})},
        {"super_options", of_s, options_with_comment(), super_json + R"("alterType":9})",
         of_super(alterations::set_options{std::nullopt, "text"})},
        {"super_rename_column", of_s, super(10, {{integer, 4, "a"}, {integer, 4, "b"}}),
         super_json + R"("alterType":10,"colName":"a","colNewName":"b"})",
         of_super(alterations::rename_column{"a", "b"})},
        {"super_add_tag_index", of_s, super(11, {{data_type::null, 0, "g"}}),
         super_json + R"("alterType":11})", of_super(alterations::add_tag_index{})},
        {"super_drop_tag_index", of_s, super(12, {}), super_json + R"("alterType":12})",
         of_super(alterations::drop_tag_index{})},
        {"super_compression", of_s, super(13, {{integer, std::int64_t{0xFF000000}, "v"}}),
         super_json + R"("alterType":13,"colName":"v","encode":"disabled"})",
         of_super(alterations::set_compression{"v", "disabled", "", ""})},
        {"super_add_compressed_column", of_s, super(14, {{data_type::bigint, 8, "z"}}, 0x02000103),
         super_json + R"("alterType":14,"colName":"z","colType":5,"encode":"delta-i"})",
         of_super(alterations::add_compressed_column{
             compressed(named("z", data_type::bigint), "delta-i", "lz4", "high")})},

        {"table_set_tag", of_t, altered_table(4, cstr("g").u8(0).u8(4).varint(4).u32(7)),
         child_json + R"("alterType":4,"colName":"g","colValue":"7","colValueNull":false})",
         with_tag(integer, std::int64_t{7})},
        {"table_set_tag_null", of_t, altered_table(4, cstr("g").u8(1).u8(4)),
         child_json + R"("alterType":4,"colName":"g","colValueNull":true})",
         with_tag(integer, std::monostate())},
        {"table_set_tag_text", of_t, altered_table(4, cstr("g").u8(0).u8(10).varint(8).text(ucs4(U"中文"))),
         child_json + R"("alterType":4,"colName":"g","colValue":"\"中文\"","colValueNull":false})",
         with_tag(nchar, std::string("中文"))},
        {"table_set_tag_bigint", of_t, altered_table(4, cstr("g").u8(0).u8(14).varint(8).i64(-1)),
         child_json +
             R"("alterType":4,"colName":"g","colValue":"18446744073709551615","colValueNull":false})",
         with_tag(data_type::unsigned_bigint, UINT64_MAX)},
        {"table_set_tag_double", of_t,
         altered_table(4, cstr("g").u8(0).u8(7).varint(8).u64(std::bit_cast<std::uint64_t>(0.1))),
         child_json + R"("alterType":4,"colName":"g","colValue":"1.000000e-01","colValueNull":false})",
         with_tag(data_type::double_precision, 0.1)},
        {"table_set_tag_geometry", of_t,
         altered_table(4, cstr("g").u8(0).u8(20).varint(3).text(std::string_view("\1\1\0", 3))),
         child_json + R"("alterType":4,"colName":"g","colValue":"\"\u0001\u0001","colValueNull":false})",
         with_tag(data_type::geometry, std::vector<std::byte>{std::byte(1), std::byte(1), std::byte(0)})},
        {"table_add_column", of_t, altered_table(5, added_column("c", nchar, 130)),
         normal_json + R"("alterType":5,"colName":"c","colType":10,"colLength":32})",
         of_normal(alterations::add_column{sized("c", nchar, 32)})},
        {"table_add_decimal_column", of_t, added_decimal(),
         normal_json + R"("alterType":5,"colName":"d","colType":17,"colLength":9738})",
         of_normal(alterations::add_column{digits("d", data_type::decimal, 38, 10)})},
        {"table_drop_column", of_t, altered_table(6, cstr("c")),
         normal_json + R"("alterType":6,"colName":"c"})", of_normal(alterations::drop_column{"c"})},
        {"table_modify_column", of_t, altered_table(7, cstr("c").u8(8).zigzag(66)),
         normal_json + R"("alterType":7,"colName":"c","colType":8,"colLength":64})",
         of_normal(alterations::modify_column_length{"c", varchar, 64})},
        {"table_options", of_t, altered_table(9, byte_builder().u8(1).zigzag(30).zigzag(2).cstr("hm")),
         normal_json + R"("alterType":9})", of_normal(alterations::set_options{30, "hm"})},
        {"table_options_untouched", of_t, altered_table(9, byte_builder().u8(0).zigzag(-1)),
         normal_json + R"("alterType":9})", of_normal(alterations::set_options{})},
        {"table_options_comment_emptied", of_t, altered_table(9, byte_builder().u8(0).zigzag(0)),
         normal_json + R"("alterType":9})", of_normal(alterations::set_options{std::nullopt, ""})},
        {"table_rename_column", of_t, altered_table(10, cstr("a").cstr("b")),
         normal_json + R"("alterType":10,"colName":"a","colNewName":"b"})",
         of_normal(alterations::rename_column{"a", "b"})},
        {"table_compression", of_t, altered_table(13, cstr("c").u32(0x00000302)),
         normal_json + R"("alterType":13,"colName":"c","compress":"zstd"})",
         of_normal(alterations::set_compression{"c", "", "zstd", "medium"})},
        {"table_compression_level", of_t, altered_table(13, cstr("c").u32(0x00000001)),
         normal_json + R"("alterType":13,"colName":"c","level":"low"})",
         of_normal(alterations::set_compression{"c", "", "", "low"})},
        {"table_add_compressed_column", of_t,
         altered_table(14, added_column("c", integer, 4).u32(0x01000102)),
         normal_json + R"("alterType":14,"colName":"c","colType":4,"encode":"simple8b"})",
         of_normal(alterations::add_compressed_column{
             compressed(named("c", integer), "simple8b", "lz4", "medium")})},
        {"table_set_tags", of_t,
         altered_table(15, byte_builder()
                               .zigzag(2)
                               .zigzag(4)
                               .cstr("t1")
                               .u8(0)
                               .u8(4)
                               .varint(4)
                               .u32(5)
                               .zigzag(5)
                               .cstr("t2")
                               .u8(1)
                               .u8(8)),
         child_json +
             R"("alterType":15,"tags":[{"colName":"t1","colValue":"5","colValueNull":false},{"colName":"t2","colValueNull":true}]})",
         of_child(alterations::set_tags{
             {tag_set_to("t1", integer, std::int64_t{5}), tag_set_to("t2", varchar, std::monostate())}})},
        {"table_set_source", of_t, altered_table(16, cstr("v").append(source_of_column())),
         other_json + R"("alterType":16,"colName":"v",)" + source_json,
         of_table(table_kind::unspecified, alterations::set_column_source{source_of("v")})},
        {"table_remove_source", of_t, altered_table(17, cstr("v")),
         other_json + R"("alterType":17,"colName":"v"})",
         of_table(table_kind::unspecified, alterations::remove_column_source{"v"})},
        {"table_add_sourced_column", of_t,
         altered_table(18, added_column("v", varchar, 10).append(source_of_column())),
         normal_json + R"("alterType":18,"colName":"v","colType":8,"colLength":8,)" + source_json,
         of_normal(alterations::add_sourced_column{sized("v", varchar, 8), source_of("v")})},
        {"tags_of_tables", of_t, tags_of_tables(),
         R"({"type":"alter","tableType":"child","tableName":"","alterType":19,"tables":[{"tableName":"a","tags":[)"
         R"({"colName":"g","colValue":"11","colValueNull":false},{"colName":"n","colValue":"\"甲\"","colValueNull":false}]},)"
         R"({"tableName":"b","tags":[{"colName":"g","colValue":"-1","colValueNull":false}]}]})",
         expected_tags_of_tables()},
    };
}

class table_alteration : public ::testing::TestWithParam<alteration_case> {};

TEST_P(table_alteration, is_read_from_its_binary_form) {
    std::vector<meta> changes;
    const exact_bytes raw(GetParam().raw.bytes());
    ASSERT_EQ(wire::parse_meta_message(GetParam().raw_type, raw.view(), changes), defect{});
    EXPECT_EQ(changes, std::vector<meta>{GetParam().expected});
}

TEST_P(table_alteration, is_read_from_its_json_as_far_as_that_tells) {
    std::vector<meta> changes;
    ASSERT_EQ(protocol::parse_json_meta(GetParam().json, changes), base::defect_code{});
    ASSERT_EQ(changes.size(), 1U);
    EXPECT_EQ(changes[0], as_far_as_json_tells(GetParam().expected, changes[0]));
}

TEST_P(table_alteration, is_refused_when_its_body_is_cut) {
    // Only what versions of the server added to the end of a body may be missing.
    const byte_builder& whole = GetParam().raw;
    const std::size_t body_at = whole.at("length") + 4;
    std::vector<meta> changes;
    std::size_t accepted = 0;
    for (std::size_t size = 0; body_at + size < whole.size(); ++size) {
        const auto body = std::span(whole.bytes()).subspan(body_at, size);
        const exact_bytes raw(with_head(with_length(byte_builder().raw(body))).bytes());
        const defect error = wire::parse_meta_message(GetParam().raw_type, raw.view(), changes);
        if (!error) ++accepted;
        EXPECT_EQ(error.code == base::defect_code{}, !changes.empty());
        ASSERT_LE(error.position, raw.view().size());
    }
    const bool has_digits = whole.bytes() == added_decimal().bytes();
    const std::size_t optional_parts = GetParam().raw_type == wire::raw_type_altered_super_table ? 6
                                       : has_digits                                              ? 3
                                                                                                 : 2;
    EXPECT_EQ(accepted, optional_parts);
}

INSTANTIATE_TEST_SUITE_P(cases, table_alteration, ::testing::ValuesIn(all_cases()),
                         [](const auto& tested) { return tested.param.name; });

meta only_change(std::uint16_t raw_type, const byte_builder& message) {
    std::vector<meta> changes;
    const exact_bytes raw(message.bytes());
    EXPECT_EQ(wire::parse_meta_message(raw_type, raw.view(), changes), defect{});
    return changes.size() == 1 ? changes.front() : meta();
}

void expect_unknown(std::uint16_t raw_type, const byte_builder& message) {
    const meta change = only_change(raw_type, message);
    const auto* unknown = std::get_if<unknown_meta>(&change);
    ASSERT_NE(unknown, nullptr);
    EXPECT_EQ(unknown->raw_type, raw_type);
    ASSERT_EQ(unknown->raw.size(), message.size());
    for (std::size_t i = 0; i < message.size(); ++i)
        EXPECT_EQ(std::to_integer<unsigned>(unknown->raw[i]), message.bytes()[i]);
}

TEST(unknown_alteration, is_kept_as_it_came) {
    expect_unknown(wire::raw_type_altered_table, altered_table(21, byte_builder().text("whatever")));
    expect_unknown(wire::raw_type_altered_table, altered_table(0, byte_builder()));
    expect_unknown(wire::raw_type_altered_super_table, super(21, {{data_type::null, 0, "x"}}));
}

TEST(conditional_alteration, is_kept_as_it_came_in_binary) {
    expect_unknown(wire::raw_type_altered_table,
                   altered_table(20, byte_builder().text("a form that is not known")));
}

TEST(table_tags, are_kept_as_they_came_when_one_is_null_or_made_from_its_old_value) {
    for (const bool before : {true, false}) {
        byte_builder content;
        content.u8(0).u8(19).u32(0).zigzag(1).cstr("a").zigzag(1);
        content.u8(before ? 1 : 0).zigzag(4).cstr("g").u8(4).u8(before ? 0 : 1);
        expect_unknown(wire::raw_type_altered_table, with_head(with_length(content.i64(0).u8(0))));
    }
}

TEST(json_tag, is_set_to_json_text) {
    const auto set = tag_set(json_set, {json_tag("k", data_type::boolean, byte_builder().u8(0))});
    const meta change = only_change(wire::raw_type_altered_table,
                                    altered_table(4, cstr("j").u8(0).u8(15).append(as_binary(set, "set."))));
    const auto& tag = std::get<alterations::set_tag>(std::get<alter_table>(change).change).tag;
    EXPECT_EQ(tag.value.type, data_type::json);
    EXPECT_EQ(std::get<std::string>(tag.value.data), R"({"k":false})");
}

TEST(added_compressed_column, has_its_digits_behind_everything_else) {
    byte_builder content;
    content.cstr("t")
        .u8(14)
        .u32(0)
        .append(added_column("d", data_type::decimal64, 8))
        .u32(0x02000102)
        .i64(0)
        .u8(0)
        .u32(18 << 8 | 4);
    const meta change = only_change(wire::raw_type_altered_table, with_head(with_length(content)));
    EXPECT_EQ(std::get<alterations::add_compressed_column>(std::get<alter_table>(change).change).column,
              compressed(digits("d", data_type::decimal64, 18, 4), "delta-i", "lz4", "medium"));
}

}  // namespace
}  // namespace tmq
