#include "unit/wire/hostile.hpp"
#include "meta_builder.hpp"
#include "printing.hpp"
#include "support/allocation_counter.hpp"
#include "wire/meta/meta_message.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <string>

namespace tmq::wire {
namespace {

using namespace test;

struct valid_message {
    std::uint16_t raw_type = 0;
    byte_builder bytes;
};

byte_builder z(std::int64_t value) { return byte_builder().zigzag(value); }

valid_message child() {
    const auto set = tag_set(
        plain_set, {fixed_tag(4, data_type::integer, 1, 4), sized_tag(5, data_type::nchar, ucs4(U"ab"))});
    const auto part = child_part("s", set, {"g", "n"}, "create table");
    return {raw_type_created_tables,
            created_tables({with_length(created_head("a", 2, 0, "hm").append(part))})};
}

valid_message json_child() {
    const auto set = tag_set(json_set, {json_tag("k", data_type::boolean, byte_builder().u8(1))});
    return {raw_type_created_tables, created_tables({created_child("a", "s", set, {"j"})})};
}

valid_message normal() {
    byte_builder content = created_head("n", 3);
    content
        .append(columns({{"ts", data_type::timestamp, 8, 1}, {"v", data_type::varchar, 34, 2}}), "columns.")
        .u32(0);
    content.append(compression({{1, 0x02000102}, {2, 0xFF000302}}), "compression.")
        .mark("digits")
        .u8(1)
        .zigzag(0)
        .zigzag(0);
    return {raw_type_created_tables, created_tables({with_length(content)})};
}

valid_message super() {
    auto content = super_head("s", {{"ts", data_type::timestamp, 8, 1}}, {{"g", data_type::integer, 4, 2}});
    content.patch("rollup", byte_builder().u8(1));
    content.zigzag(1)
        .zigzag(1)
        .mark("query")
        .zigzag(3)
        .mark("query_size")
        .varint(3)
        .text("abc")
        .zigzag(1)
        .zigzag(1)
        .zigzag(0);
    content.append(no_alteration()).append(super_tail({{1, 0x02000102}}, {0}));
    return {raw_type_created_super_table, with_head(with_length(content))};
}

valid_message super_add_column() {
    return {raw_type_altered_super_table,
            altered_super_table(alteration_request(5, {{data_type::varchar, 34, "c"}}))};
}

valid_message super_rename() {
    return {raw_type_altered_super_table, altered_super_table(alteration_request(
                                              10, {{data_type::null, 0, "a"}, {data_type::null, 0, "b"}}))};
}

valid_message set_tag() {
    byte_builder part;
    part.mark("tag")
        .cstr("g")
        .mark("null")
        .u8(0)
        .mark("tag_type")
        .u8(4)
        .mark("value")
        .varint(4)
        .mark("bytes")
        .u32(7);
    return {raw_type_altered_table, altered_table(4, part)};
}

valid_message set_json_tag() {
    const auto set = tag_set(json_set, {json_tag("k", data_type::boolean, byte_builder().u8(1))});
    byte_builder part;
    part.cstr("j").u8(0).u8(15).append(as_binary(set, "set."));
    return {raw_type_altered_table, altered_table(4, part)};
}

valid_message set_tags() {
    byte_builder part;
    part.mark("tags").zigzag(1).zigzag(4).cstr("t1").u8(0).u8(4).varint(4).u32(5);
    return {raw_type_altered_table, altered_table(15, part)};
}

valid_message set_tags_of_tables() {
    byte_builder content;
    content.mark("name")
        .u8(0)
        .mark("action")
        .u8(19)
        .u32(0)
        .mark("tables")
        .zigzag(1)
        .mark("table")
        .cstr("a")
        .mark("tags")
        .zigzag(1);
    content.mark("first_flag")
        .u8(0)
        .zigzag(4)
        .mark("tag")
        .cstr("g")
        .u8(4)
        .mark("second_flag")
        .u8(0)
        .varint(4)
        .u32(11)
        .i64(0)
        .u8(0);
    return {raw_type_altered_table, with_head(with_length(content))};
}

valid_message add_column() {
    byte_builder part;
    part.mark("column").cstr("c").u8(8).u8(1).mark("bytes").zigzag(34);
    return {raw_type_altered_table, altered_table(5, part)};
}

valid_message options() {
    byte_builder part;
    part.mark("ttl").u8(1).zigzag(30).mark("comment").zigzag(2).cstr("hm");
    return {raw_type_altered_table, altered_table(9, part)};
}

valid_message dropped() {
    byte_builder content;
    const auto item = with_length(byte_builder().mark("name").cstr("a").u64(1).u64(2).u8(0));
    content.mark("count").zigzag(1).append(item, "0.");
    return {raw_type_dropped_tables, with_head(with_length(content))};
}

valid_message dropped_super() {
    return {raw_type_dropped_super_table,
            with_head(with_length(byte_builder().mark("name").cstr("s").u64(55)))};
}

valid_message deletion() {
    byte_builder content;
    content.u64(55)
        .mark("ids")
        .zigzag(1)
        .u64(1)
        .i64(1)
        .i64(2)
        .zigzag(3)
        .mark("table")
        .cstr("t")
        .mark("column")
        .cstr("ts")
        .i64(0)
        .u8(0);
    return {raw_type_deletion, with_head(content)};
}

valid_message two_in_a_batch() {
    const auto item = batch_item(raw_type_dropped_super_table, dropped_super().bytes);
    return {raw_type_batch_meta, batch({item, item})};
}

const std::map<std::string, std::function<valid_message()>> messages = {
    {"child", child},
    {"json_child", json_child},
    {"normal", normal},
    {"super", super},
    {"super_add_column", super_add_column},
    {"super_rename", super_rename},
    {"set_tag", set_tag},
    {"set_json_tag", set_json_tag},
    {"set_tags", set_tags},
    {"set_tags_of_tables", set_tags_of_tables},
    {"add_column", add_column},
    {"options", options},
    {"dropped", dropped},
    {"dropped_super", dropped_super},
    {"deletion", deletion},
    {"two_in_a_batch", two_in_a_batch},
};

struct hostile_change {
    std::string message;
    hostile variant;
};

void PrintTo(const hostile_change& c, std::ostream* out) { *out << c.message << ' ' << c.variant.name; }

std::vector<hostile_change> hostile_changes() {
    using e = defect_code;
    const byte_builder minus_one = z(-1);
    const byte_builder many = z(60);
    const byte_builder minus_one_i32 = as_i32(-1);
    const byte_builder most = as_i32(INT32_MAX);
    return {
        {"child",
         {"size_one_short", "size", as_i32(static_cast<std::int64_t>(child().bytes.size()) - 1),
          e::meta_size_mismatch, "size"}},
        {"child",
         {"size_one_long", "size", as_i32(static_cast<std::int64_t>(child().bytes.size()) + 1),
          e::meta_size_mismatch, "size"}},
        {"child", {"size_negative", "size", minus_one_i32, e::meta_size_mismatch, "size"}},
        {"child", {"length_negative", "length", minus_one_i32, e::meta_length_negative, "length"}},
        {"child", {"length_most_negative", "length", as_i32(INT32_MIN), e::meta_length_negative, "length"}},
        {"child", {"length_beyond_the_message", "length", most, e::truncated, "length"}},
        {"child",
         {"length_one_short", "length", as_i32(static_cast<std::int64_t>(child().bytes.size()) - 13),
          e::meta_excess, "length", 4 + child().bytes.size() - 13}},
        {"child", {"count_negative", "count", minus_one, e::meta_table_count_invalid, "count"}},
        {"child", {"count_too_large", "count", many, e::meta_table_count_invalid, "count"}},
        {"child",
         {"count_is_a_long_varint", "count", byte_builder().text("\xFF\xFF\xFF\xFF\xFF\xFF"),
          e::varint_too_large, "count"}},
        {"child", {"table_length_negative", "0.length", minus_one_i32, e::meta_length_negative, "0.length"}},
        {"child", {"table_length_beyond_its_list", "0.length", most, e::truncated, "0.length"}},
        {"child", {"table_length_too_short", "0.length", as_i32(30), e::truncated, "0.comment"}},
        {"child", {"table_name_without_nul", "0.name", as_u8(1), e::name_not_terminated, "0.name"}},
        {"child", {"table_name_empty_length", "0.name", as_u8(0), e::name_length_invalid, "0.name"}},
        {"child", {"kind_super", "0.kind", as_u8(1), e::meta_table_kind_unknown, "0.kind"}},
        {"child", {"kind_unknown", "0.kind", as_u8(10), e::meta_table_kind_unknown, "0.kind"}},
        {"child",
         {"comment_length_below_none", "0.comment_length", as_i32(-2), e::meta_comment_length_invalid,
          "0.comment_length"}},
        {"child", {"comment_has_nul", "0.comment", byte_builder().u8(3).u8(0), e::name_has_nul, "0.comment"}},
        {"child",
         {"super_table_name_not_utf8", "0.super", byte_builder().u8(2).u8(0xFF), e::name_not_utf8,
          "0.super"}},
        {"child", {"set_larger_than_the_table", "0.set.bytes", as_u8(0x7F), e::truncated, "0.set.bytes"}},
        {"child",
         {"set_smaller_than_its_bytes", "0.set.bytes", as_u8(27), e::tags_size_invalid, "0.set.size"}},
        {"child", {"set_flags_unknown", "0.set.flags", as_u8(0x80), e::tags_flags_unknown, "0.set.flags"}},
        {"child", {"set_size_negative", "0.set.size", as_u16(0xFFFF), e::tags_size_invalid, "0.set.size"}},
        {"child",
         {"set_size_beyond_its_bytes", "0.set.size", as_u16(29), e::tags_size_invalid, "0.set.size"}},
        {"child",
         {"set_size_below_its_bytes", "0.set.size", as_u16(27), e::meta_tags_length_mismatch, "0.set.flags"}},
        {"child",
         {"set_count_negative", "0.set.count", as_u16(0xFFFF), e::tags_count_invalid, "0.set.count"}},
        {"child", {"set_count_too_large", "0.set.count", as_u16(200), e::tags_count_invalid, "0.set.count"}},
        {"child",
         {"set_index_beyond_the_set", "0.set.index", as_u8(17), e::tags_index_invalid, "0.set.index"}},
        {"child",
         {"set_index_inside_the_tag_before", "0.set.index", as_u16(5 << 8), e::tags_index_invalid,
          "0.set.index", 1}},
        {"child",
         {"tag_type_unknown", "0.set.values", byte_builder().u8(8).u8(99), e::tag_type_unknown,
          "0.set.values", 1}},
        {"child",
         {"tag_text_too_long", "0.set.values", byte_builder().u8(8).u8(8).u8(100), e::truncated,
          "0.set.values", 2}},
        {"child",
         {"nchar_tag_of_a_surrogate", "0.set.values",
          byte_builder().u8(8).u8(4).u32(1).u8(10).u8(10).u8(8).u32(0xD800), e::nchar_code_point_invalid,
          "0.set.values", 9}},
        {"child", {"one_name_too_few", "0.names", as_i32(1), e::meta_tag_names_mismatch, "0.names"}},
        {"child", {"names_negative", "0.names", minus_one_i32, e::meta_tag_names_mismatch, "0.names"}},
        {"child", {"names_too_many", "0.names", most, e::meta_tag_names_mismatch, "0.names"}},
        {"child",
         {"statement_negative", "0.sql_length", minus_one_i32, e::meta_sql_length_mismatch, "0.sql_length"}},
        {"child",
         {"statement_shorter_than_said", "0.sql", as_u8(11), e::meta_sql_length_mismatch, "0.sql_length"}},

        {"json_child",
         {"json_key_without_nul", "0.set.values", as_u8(1), e::name_not_terminated, "0.set.values"}},
        {"json_child",
         {"json_of_a_type_it_cannot_have", "0.set.values", byte_builder().text("\x02k").u8(0).u8(2),
          e::json_form_unknown, "0.set.values", 3}},
        {"json_child", {"json_without_a_name", "0.names", as_i32(0), e::meta_tag_names_mismatch, "0.names"}},

        {"normal",
         {"columns_negative", "0.columns.count", minus_one, e::meta_column_count_invalid, "0.columns.count"}},
        {"normal",
         {"columns_too_many", "0.columns.count", many, e::meta_column_count_invalid, "0.columns.count"}},
        {"normal",
         {"column_size_negative", "0.columns.bytes0", minus_one, e::schema_bytes_negative,
          "0.columns.bytes0"}},
        {"normal",
         {"column_name_too_long", "0.columns.name1", as_u8(66), e::name_length_invalid, "0.columns.name1"}},
        {"normal",
         {"compression_negative", "0.compression.count", minus_one, e::meta_compression_count_invalid,
          "0.compression.count"}},
        {"normal",
         {"compression_too_much", "0.compression.count", many, e::meta_compression_count_invalid,
          "0.compression.count"}},
        {"normal", {"digits_flag_invalid", "0.digits", as_u8(2), e::flag_invalid, "0.digits"}},

        {"super",
         {"columns_negative", "columns.count", minus_one, e::meta_column_count_invalid, "columns.count"}},
        {"super", {"tags_negative", "tags.count", minus_one, e::meta_column_count_invalid, "tags.count"}},
        {"super", {"tags_too_many", "tags.count", many, e::meta_column_count_invalid, "tags.count"}},
        {"super", {"query_negative", "query", minus_one, e::meta_query_length_mismatch, "query"}},
        {"super", {"query_longer_than_said", "query_size", as_u8(4), e::meta_query_length_mismatch, "query"}},
        {"super",
         {"query_beyond_the_body", "query", byte_builder().zigzag(60).u8(60), e::truncated, "query_size"}},
        {"super",
         {"alteration_negative", "alteration_length", minus_one_i32, e::meta_alteration_length_mismatch,
          "alteration_length"}},
        {"super", {"virtual_flag_invalid", "virtual", as_u8(2), e::flag_invalid, "virtual"}},
        {"super_add_column",
         {"alteration_longer_than_said", "alteration.bytes", as_u8(30), e::meta_alteration_length_mismatch,
          "alteration_length"}},
        {"super_add_column",
         {"alteration_length_inside_negative", "alteration.length", minus_one_i32, e::meta_length_negative,
          "alteration.length"}},
        {"super_add_column",
         {"alteration_length_inside_too_large", "alteration.length", most, e::truncated,
          "alteration.length"}},
        {"super_add_column",
         {"alteration_goes_on_behind_its_end", "alteration.length", as_i32(32), e::meta_excess,
          "alteration.length", 4 + 32}},
        {"super_add_column",
         {"full_name_without_nul", "alteration.name", as_u8(6), e::name_not_terminated, "alteration.name"}},
        {"super_add_column",
         {"no_field", "alteration.fields", as_i32(0), e::meta_field_count_invalid, "alteration.fields"}},
        {"super_add_column",
         {"fields_negative", "alteration.fields", minus_one_i32, e::meta_field_count_invalid,
          "alteration.fields"}},
        {"super_add_column",
         {"fields_too_many", "alteration.fields", most, e::meta_field_count_invalid, "alteration.fields"}},
        {"super_add_column",
         {"field_size_negative", "alteration.bytes0", minus_one_i32, e::schema_bytes_negative,
          "alteration.bytes0"}},
        {"super_add_column",
         {"field_size_most_negative", "alteration.bytes0", as_i32(INT32_MIN), e::schema_bytes_negative,
          "alteration.bytes0"}},
        {"super_add_column",
         {"comment_length_below_none", "alteration.comment_length", as_i32(-2),
          e::meta_comment_length_invalid, "alteration.comment_length"}},
        {"super_rename",
         {"one_name_only", "alteration.fields", as_i32(1), e::meta_field_count_invalid, "alteration.fields"}},

        {"set_tag", {"name_missing", "name", as_u8(0), e::name_length_invalid, "name"}},
        {"set_tag", {"null_flag_invalid", "null", as_u8(2), e::flag_invalid, "null"}},
        {"set_tag",
         {"value_shorter_than_its_type", "value", as_u8(3), e::meta_value_length_mismatch, "bytes"}},
        {"set_tag",
         {"value_longer_than_its_type", "tag_type", as_u8(3), e::meta_value_length_mismatch, "bytes"}},
        {"set_tag", {"value_beyond_the_body", "value", as_u8(60), e::truncated, "value"}},
        {"set_tag",
         {"nchar_length_odd", "tag_type", byte_builder().u8(10).u8(3), e::nchar_length_invalid, "bytes"}},
        {"set_tag",
         {"nchar_above_unicode", "tag_type", byte_builder().u8(10).u8(4).u32(0x110000),
          e::nchar_code_point_invalid, "bytes"}},
        {"set_json_tag", {"json_is_no_json_set", "set.flags", as_u8(0), e::json_form_unknown, "set.flags"}},
        {"set_json_tag",
         {"json_set_too_large", "set.flags", byte_builder().u8(0x40).u16(99), e::tags_size_invalid,
          "set.size"}},

        {"set_tags", {"tags_negative", "tags", minus_one, e::meta_tag_count_invalid, "tags"}},
        {"set_tags", {"tags_too_many", "tags", many, e::meta_tag_count_invalid, "tags"}},
        {"set_tags_of_tables",
         {"tables_negative", "tables", minus_one, e::meta_table_count_invalid, "tables"}},
        {"set_tags_of_tables", {"tables_too_many", "tables", many, e::meta_table_count_invalid, "tables"}},
        {"set_tags_of_tables",
         {"table_name_empty_length", "table", as_u8(0), e::name_length_invalid, "table"}},
        {"set_tags_of_tables", {"tags_negative", "tags", minus_one, e::meta_tag_count_invalid, "tags"}},
        {"set_tags_of_tables", {"tags_too_many", "tags", many, e::meta_tag_count_invalid, "tags"}},
        {"set_tags_of_tables", {"first_flag_invalid", "first_flag", as_u8(2), e::flag_invalid, "first_flag"}},
        {"set_tags_of_tables",
         {"second_flag_invalid", "second_flag", as_u8(2), e::flag_invalid, "second_flag"}},

        {"add_column", {"column_size_negative", "bytes", minus_one, e::schema_bytes_negative, "bytes"}},
        {"options", {"ttl_flag_invalid", "ttl", as_u8(2), e::flag_invalid, "ttl"}},
        {"options",
         {"comment_length_below_none", "comment", z(-2), e::meta_comment_length_invalid, "comment"}},

        {"dropped", {"count_negative", "count", minus_one, e::meta_table_count_invalid, "count"}},
        {"dropped", {"count_too_large", "count", many, e::meta_table_count_invalid, "count"}},
        {"dropped", {"item_length_negative", "0.length", minus_one_i32, e::meta_length_negative, "0.length"}},
        {"dropped", {"item_length_too_short", "0.length", as_i32(19), e::truncated, "0.name", 3 + 16}},
        {"dropped_super", {"name_has_nul", "name", byte_builder().u8(2).u8(0), e::name_has_nul, "name"}},

        {"deletion", {"ids_negative", "ids", minus_one, e::meta_id_count_invalid, "ids"}},
        {"deletion", {"ids_too_many", "ids", many, e::meta_id_count_invalid, "ids"}},
        {"deletion",
         {"table_name_too_long", "table", byte_builder().u8(0xC2).u8(0x01), e::name_length_invalid, "table"}},
        {"deletion",
         {"column_name_not_utf8", "column", byte_builder().u8(3).u8(0x80), e::name_not_utf8, "column"}},

        {"two_in_a_batch", {"count_negative", "count", minus_one_i32, e::meta_batch_count_invalid, "count"}},
        {"two_in_a_batch", {"count_too_large", "count", most, e::meta_batch_count_invalid, "count"}},
        {"two_in_a_batch", {"one_more_than_said", "count", as_i32(1), e::meta_excess, "1.bytes"}},
        {"two_in_a_batch",
         {"item_of_36_bytes", "0.bytes", as_u8(36), e::meta_batch_item_too_small, "0.bytes"}},
        {"two_in_a_batch", {"item_beyond_the_message", "1.bytes", as_u8(0x7F), e::truncated, "1.bytes"}},
        {"two_in_a_batch", {"offset_unknown", "0.offset", as_u8(0x20), e::offset_type_unknown, "0.offset"}},
        {"two_in_a_batch", {"batch_in_a_batch", "0.type", as_u16(5), e::meta_type_invalid, "0.type"}},
        {"two_in_a_batch", {"rows_in_a_batch", "1.type", as_u16(2), e::meta_type_invalid, "1.type"}},
        {"two_in_a_batch",
         {"change_longer_than_its_item", "0.message.size", as_u8(0x7F), e::truncated, "0.message.size"}},
        {"two_in_a_batch",
         {"change_of_another_size", "0.message.size", as_u8(22), e::meta_size_mismatch, "0.message.size", 1}},
    };
}

class hostile_change_test : public ::testing::TestWithParam<hostile_change> {};

TEST_P(hostile_change_test, is_refused_where_it_is_wrong) {
    const valid_message valid = messages.at(GetParam().message)();
    const exact_bytes raw(GetParam().variant.applied_to(valid.bytes).bytes());
    std::vector<meta> changes(3);
    EXPECT_EQ(parse_meta_message(valid.raw_type, raw.view(), changes),
              GetParam().variant.expected_in(valid.bytes));
    EXPECT_TRUE(changes.empty());
}

INSTANTIATE_TEST_SUITE_P(defects, hostile_change_test, ::testing::ValuesIn(hostile_changes()),
                         [](const auto& tested) {
                             return tested.param.message + "_" + tested.param.variant.name;
                         });

TEST(hostile_change_cases, are_made_from_valid_ones) {
    for (const auto& [name, make] : messages) {
        const valid_message valid = make();
        const exact_bytes raw(valid.bytes.bytes());
        std::vector<meta> changes;
        EXPECT_EQ(parse_meta_message(valid.raw_type, raw.view(), changes), defect{}) << name;
        EXPECT_FALSE(changes.empty()) << name;
        for (const meta& change : changes)
            EXPECT_FALSE(std::holds_alternative<unknown_meta>(change)) << name;
    }
}

TEST(meta_message, behind_whose_body_more_follows_is_refused) {
    // A deletion has no length of its own, so that there everything belongs to it.
    for (const char* name :
         {"child", "normal", "super", "super_add_column", "set_tag", "dropped", "dropped_super"}) {
        const valid_message valid = messages.at(name)();
        byte_builder longer = valid.bytes;
        longer.u8(0).patch("size", as_i32(static_cast<std::int64_t>(longer.size())));
        std::vector<meta> changes;
        EXPECT_EQ(parse_meta_message(valid.raw_type, longer.bytes(), changes),
                  (defect{defect_code::meta_excess, longer.size() - 1}))
            << name;
    }
    byte_builder longer = two_in_a_batch().bytes;
    longer.u8(0);
    std::vector<meta> changes;
    EXPECT_EQ(parse_meta_message(raw_type_batch_meta, longer.bytes(), changes),
              (defect{defect_code::meta_excess, longer.size() - 1}));
}

TEST(altered_super_table, without_its_alteration_is_refused) {
    const auto message = with_head(with_length(super_head("s", {{"ts", data_type::timestamp, 8, 1}}, {})
                                                   .append(no_alteration())
                                                   .append(super_tail({}))));
    std::vector<meta> changes;
    EXPECT_EQ(parse_meta_message(raw_type_altered_super_table, message.bytes(), changes),
              (defect{defect_code::meta_alteration_missing, message.at("alteration_length")}));
}

TEST(batch_item, behind_whose_change_more_follows_is_refused) {
    auto item = batch_item(raw_type_dropped_super_table, dropped_super().bytes);
    const byte_builder message = batch({item.u8(0)});
    std::vector<meta> changes;
    EXPECT_EQ(parse_meta_message(raw_type_batch_meta, message.bytes(), changes),
              (defect{defect_code::meta_excess, message.size() - 1}));
}

TEST(meta_message, may_have_4096_columns_and_no_more) {
    for (const std::size_t count : {4096U, 4097U}) {
        std::vector<column_spec> specs;
        for (std::size_t i = 0; i < count; ++i)
            specs.push_back({"c" + std::to_string(i), data_type::integer, 4, static_cast<std::int64_t>(i)});
        const auto message = with_head(with_length(super_head("s", specs, {}).append(no_alteration())));
        std::vector<meta> changes;
        const defect error = parse_meta_message(raw_type_created_super_table, message.bytes(), changes);
        EXPECT_EQ(error, count == 4096
                             ? defect{}
                             : (defect{defect_code::meta_column_count_invalid, message.at("columns.count")}));
    }
}

/// Memory taken while a message is read, as a multiple of its size.
double memory_of(std::uint16_t raw_type, const byte_builder& message) {
    std::vector<meta> changes;
    const allocation_counter counter;
    parse_meta_message(raw_type, message.bytes(), changes);
    return static_cast<double>(counter.bytes()) / static_cast<double>(message.size());
}

TEST(meta_message, takes_memory_in_proportion_to_its_size) {
    byte_builder tags;
    tags.zigzag(20'000);
    for (int i = 0; i < 20'000; ++i)
        tags.zigzag(0).cstr("").u8(1).u8(4);
    EXPECT_LT(memory_of(raw_type_altered_table, altered_table(15, tags)), 64);

    byte_builder tables;
    tables.u8(0).u8(19).u32(0).zigzag(20'000);
    for (int i = 0; i < 20'000; ++i)
        tables.cstr("").zigzag(0);
    EXPECT_LT(memory_of(raw_type_altered_table, with_head(with_length(tables))), 64);

    byte_builder columns_of_empty_names =
        super_head("s", std::vector<column_spec>(4096), {}).append(no_alteration());
    EXPECT_LT(memory_of(raw_type_created_super_table, with_head(with_length(columns_of_empty_names))), 64);

    std::vector<byte_builder> normal_tables(5'000, with_length(created_head("", 3).append(columns({}))));
    byte_builder list;
    list.zigzag(5'000);
    for (const auto& table : normal_tables)
        list.raw(table.bytes());
    EXPECT_LT(memory_of(raw_type_created_tables, with_head(with_length(list))), 64);

    EXPECT_LT(memory_of(raw_type_batch_meta,
                        batch(std::vector<byte_builder>(5'000, batch_item(600, byte_builder())))),
              64);
}

TEST(meta_message, takes_no_memory_for_what_is_only_announced) {
    for (const auto& [message, variant] : hostile_changes()) {
        const valid_message valid = messages.at(message)();
        EXPECT_LT(memory_of(valid.raw_type, variant.applied_to(valid.bytes)), 64)
            << message << ' ' << variant.name;
    }
}

}  // namespace
}  // namespace tmq::wire
