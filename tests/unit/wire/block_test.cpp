#include "wire/block.hpp"

#include "hostile.hpp"
#include "printing.hpp"
#include "support/layout_access.hpp"
#include "support/message_builder.hpp"
#include "tmq/block.hpp"
#include "tmq/error.hpp"

#include <gtest/gtest.h>

namespace tmq::wire {
namespace {

using namespace test;

struct parsed_block {
    explicit parsed_block(const byte_builder& block, std::uint64_t base = 0) : bytes(block.bytes()) {
        error = parse_block(bytes.view(), base, time_precision::microseconds, json_form::binary, layout);
    }

    exact_bytes bytes;
    detail::message_layout layout;
    defect error;
};

defect parse(const byte_builder& block) { return parsed_block(block).error; }

/// Three rows; the columns: 0 TIMESTAMP, 1 INT, 2 VARCHAR, 3 NCHAR, 4 NULL.
block_spec mixed_block() {
    block_spec spec;
    spec.rows = 3;
    spec.columns.push_back(fixed_column("ts", data_type::timestamp, 8, {1, 2, 3}));
    spec.columns.push_back(fixed_column("v", data_type::integer, 4, {10, std::nullopt, 30}));
    spec.columns.push_back(bytes_column("s", data_type::varchar, {"ab", std::nullopt, ""}));
    spec.columns.push_back(nchar_column("n", {U"x", U"\u4E2D\u6587", std::nullopt}));
    spec.columns.push_back(null_column("z", 3));
    return spec;
}

block_spec block_of(std::uint32_t rows, column_spec column) {
    block_spec spec;
    spec.rows = rows;
    spec.columns.push_back(std::move(column));
    return spec;
}

TEST(block_layout, describes_its_rows_and_columns) {
    const byte_builder bytes = build_block(mixed_block());
    const parsed_block block(bytes);
    ASSERT_EQ(block.error, defect{});
    ASSERT_EQ(block.layout.blocks.size(), 1U);
    EXPECT_EQ(block.layout.blocks[0].rows, 3U);
    EXPECT_EQ(block.layout.blocks[0].column_count, 5U);
    EXPECT_EQ(block.layout.blocks[0].first_column, 0U);
    EXPECT_EQ(block.layout.blocks[0].precision, time_precision::microseconds);
    EXPECT_EQ(block.layout.rows, 3U);
    EXPECT_TRUE(lies_within(block.layout, block.bytes.view()));

    const std::uint8_t* begin = block.bytes.view().data();
    const auto& v = column_of(block.layout, 0, 1);
    EXPECT_EQ(v.type, data_type::integer);
    EXPECT_EQ(v.declared_bytes, 4);
    EXPECT_EQ(v.nulls, begin + bytes.at("front1"));
    EXPECT_EQ(v.data, begin + bytes.at("cells1"));
    EXPECT_FALSE(cell_of(v, 1));
    EXPECT_EQ(cell_of(v, 2)->front(), 30);

    const auto& s = column_of(block.layout, 0, 2);
    EXPECT_EQ(s.data, begin + bytes.at("cells2"));
    EXPECT_EQ(text_of(s, 0), "ab");
    EXPECT_EQ(text_of(s, 1), std::nullopt);
    EXPECT_EQ(text_of(s, 2), "");

    const auto& n = column_of(block.layout, 0, 3);
    EXPECT_EQ(n.nulls, begin + bytes.at("front3"));
    EXPECT_EQ(text_of(n, 0), "x");
    EXPECT_EQ(text_of(n, 1), "\u4E2D\u6587");
    EXPECT_EQ(text_of(n, 2), std::nullopt);

    EXPECT_EQ(column_of(block.layout, 0, 4).type, data_type::null);
}

TEST(block_layout, is_appended_behind_the_blocks_before_it) {
    detail::message_layout layout;
    const exact_bytes first(build_block(mixed_block()).bytes());
    const exact_bytes second(build_block(block_of(1, fixed_column("b", data_type::boolean, 1, {1}))).bytes());
    ASSERT_EQ(parse_block(first.view(), 0, {}, json_form::binary, layout), defect{});
    ASSERT_EQ(parse_block(second.view(), 0, {}, json_form::binary, layout), defect{});
    ASSERT_EQ(layout.blocks.size(), 2U);
    EXPECT_EQ(layout.blocks[1].first_column, 5U);
    EXPECT_EQ(layout.columns.size(), 6U);
    EXPECT_EQ(layout.rows, 4U);
}

struct fixed_type {
    data_type type;
    std::size_t width;
};

TEST(block_layout, reads_every_fixed_type_at_its_width) {
    for (const auto& [type, width] :
         {fixed_type{data_type::boolean, 1}, fixed_type{data_type::tinyint, 1},
          fixed_type{data_type::smallint, 2}, fixed_type{data_type::integer, 4},
          fixed_type{data_type::bigint, 8}, fixed_type{data_type::real, 4},
          fixed_type{data_type::double_precision, 8}, fixed_type{data_type::timestamp, 8},
          fixed_type{data_type::unsigned_tinyint, 1}, fixed_type{data_type::unsigned_smallint, 2},
          fixed_type{data_type::unsigned_integer, 4}, fixed_type{data_type::unsigned_bigint, 8}}) {
        SCOPED_TRACE(to_string(type));
        // Nine rows: the bitmap has a second byte.
        const std::vector<optional_number> values{
            1, std::nullopt, 3, 4, 5, 6, 7, std::nullopt, 0x8899'AABB'CCDD'EEFF};
        const byte_builder bytes = build_block(block_of(9, fixed_column("c", type, width, values)));
        const parsed_block block(bytes);
        ASSERT_EQ(block.error, defect{});
        const auto& column = column_of(block.layout, 0, 0);
        EXPECT_EQ(column.type, type);
        EXPECT_EQ(column.declared_bytes, static_cast<std::int32_t>(width));
        for (std::size_t row = 0; row < values.size(); ++row) {
            const cell_bytes cell = cell_of(column, row);
            ASSERT_EQ(cell.has_value(), values[row].has_value());
            if (cell) {
                EXPECT_EQ(std::vector(cell->begin(), cell->end()),
                          byte_builder().little(*values[row], width).bytes());
            }
        }
        for (const std::int64_t wrong :
             {static_cast<std::int64_t>(9 * width) - 1, static_cast<std::int64_t>(9 * width) + 1})
            EXPECT_EQ(parse(byte_builder(bytes).patch("length0", as_i32(wrong))),
                      (defect{defect_code::column_length_mismatch, bytes.at("length0")}));
    }
}

TEST(block_layout, has_a_null_bitmap_of_whole_bytes) {
    for (std::uint32_t rows = 1; rows <= 24; ++rows) {
        block_spec spec =
            block_of(rows, fixed_column("c", data_type::tinyint, 1, std::vector<optional_number>(rows, 5)));
        spec.columns.push_back(null_column("z", rows));
        spec.columns.push_back(
            fixed_column("d", data_type::tinyint, 1, std::vector<optional_number>(rows, 6)));
        const byte_builder bytes = build_block(spec);
        const parsed_block block(bytes);
        ASSERT_EQ(block.error, defect{}) << rows;
        EXPECT_EQ(column_of(block.layout, 0, 0).data, block.bytes.view().data() + bytes.at("cells0")) << rows;
        EXPECT_EQ(column_of(block.layout, 0, 2).data, block.bytes.view().data() + bytes.at("cells2")) << rows;
    }
}

TEST(block_layout, reads_every_type_of_bytes_alike) {
    for (const data_type type : {data_type::varchar, data_type::varbinary, data_type::geometry}) {
        const std::string longest(0xFFFF, 'x');
        const parsed_block block(build_block(block_of(
            4, bytes_column("c", type, {std::string_view("\xFF\0", 2), std::nullopt, longest, ""}))));
        ASSERT_EQ(block.error, defect{});
        const auto& column = column_of(block.layout, 0, 0);
        EXPECT_EQ(column.type, type);
        EXPECT_EQ(text_of(column, 0), std::string_view("\xFF\0", 2));
        EXPECT_EQ(text_of(column, 1), std::nullopt);
        EXPECT_EQ(text_of(column, 2), longest);
        EXPECT_EQ(text_of(column, 3), "");
    }
}

TEST(block_layout, reads_blobs_whose_lengths_have_four_bytes) {
    const std::string large(70'000, 'x');
    const parsed_block block(build_block(block_of(
        5,
        bytes_column("b", data_type::blob, {std::string_view("\0\xFF", 2), std::nullopt, large, "", "y"}))));
    ASSERT_EQ(block.error, defect{});
    const auto& column = column_of(block.layout, 0, 0);
    EXPECT_EQ(column.type, data_type::blob);
    EXPECT_TRUE(column.wide);
    EXPECT_EQ(text_of(column, 0), std::string_view("\0\xFF", 2));
    EXPECT_EQ(text_of(column, 1), std::nullopt);
    EXPECT_EQ(text_of(column, 2), large);
    EXPECT_EQ(text_of(column, 3), "");
    EXPECT_EQ(text_of(column, 4), "y");
    EXPECT_TRUE(lies_within(block.layout, block.bytes.view()));
}

TEST(block_layout, accepts_blobs_that_are_shared_or_stand_in_any_order) {
    const byte_builder cells = byte_builder().u8(9).u32(2).text("ab").u32(1).text("c").u8(9);
    const parsed_block block(
        build_block(block_of(4, column_of_cells("b", data_type::blob, {7, 1, 7, -1}, cells))));
    ASSERT_EQ(block.error, defect{});
    EXPECT_EQ(text_of(column_of(block.layout, 0, 0), 0), "c");
    EXPECT_EQ(text_of(column_of(block.layout, 0, 0), 1), "ab");
    EXPECT_EQ(text_of(column_of(block.layout, 0, 0), 2), "c");
}

TEST(block_layout, keeps_scale_and_precision_of_decimals) {
    block_spec spec = block_of(3, decimal_column("a", data_type::decimal64, 2, 18,
                                                 {5, std::nullopt, static_cast<std::uint64_t>(-7)}));
    spec.columns.push_back(
        decimal_column("b", data_type::decimal, 38, 38, {1, static_cast<std::uint64_t>(-2), std::nullopt}));
    spec.columns.push_back(decimal_column("c", data_type::decimal, 0, 1, {1, 2, 3}));
    const parsed_block block(build_block(spec));
    ASSERT_EQ(block.error, defect{});
    const auto& a = column_of(block.layout, 0, 0);
    EXPECT_EQ(a.type, data_type::decimal64);
    EXPECT_EQ(a.scale, 2);
    EXPECT_EQ(a.precision, 18);
    EXPECT_EQ(a.declared_bytes, 8);
    EXPECT_FALSE(a.wide);
    const auto& b = column_of(block.layout, 0, 1);
    EXPECT_EQ(b.scale, 38);
    EXPECT_EQ(b.precision, 38);
    EXPECT_EQ(b.declared_bytes, 16);
    EXPECT_TRUE(b.wide);

    const block_view view(block.layout, block.layout.blocks[0]);
    const auto small = view.column<std::optional<decimal>>(0);
    EXPECT_EQ(to_string(small[0].value()), "0.05");
    EXPECT_EQ(small[1], std::nullopt);
    EXPECT_EQ(to_string(small[2].value()), "-0.07");
    EXPECT_EQ(small[0]->precision(), 18);
    const auto large = view.column<decimal>(1);
    EXPECT_EQ(to_string(large[1]), "-0." + std::string(37, '0') + "2");
    EXPECT_EQ(view.column<decimal>(2)[2], decimal(3, 1, 0));
}

TEST(block_layout, ignores_the_third_byte_of_a_decimals_declaration) {
    const byte_builder bytes = build_block(block_of(1, decimal_column("a", data_type::decimal64, 2, 5, {5})))
                                   .patch("bytes0", as_i32(0x08'FF'05'02));
    EXPECT_EQ(parse(bytes), defect{});
}

TEST(block_layout, text_and_bytes_are_read_as_what_their_columns_are) {
    block_spec spec = block_of(2, bytes_column("s", data_type::varchar, {"ab", std::nullopt}));
    spec.columns.push_back(bytes_column("b", data_type::blob, {std::nullopt, std::string_view("\1\2\3", 3)}));
    spec.columns.push_back(json_column("j", {tag_set({json_number("k", 1)}), std::nullopt}));
    spec.columns.push_back(bytes_column("g", data_type::geometry, {"\1", "\2"}));
    const parsed_block block(build_block(spec));
    ASSERT_EQ(block.error, defect{});
    const block_view view(block.layout, block.layout.blocks[0]);
    EXPECT_EQ(view.column<std::string_view>(0)[0], "ab");
    EXPECT_EQ(view.column<bytes_view>(0)[0].size(), 2U);
    EXPECT_EQ(view.column<bytes_view>(1)[1].size(), 3U);
    EXPECT_EQ(view.column<bytes_view>(1)[1][2], std::byte{3});
    EXPECT_TRUE(view.column<bytes_view>(1).is_null(0));
    EXPECT_EQ(view.column<std::string_view>(2)[0], R"({"k":1})");
    EXPECT_EQ(view.column<std::optional<std::string_view>>(2)[1], std::nullopt);
    EXPECT_EQ(view.column<bytes_view>(3)[1].size(), 1U);
    EXPECT_THROW(view.column<std::string_view>(1), error);
    EXPECT_THROW(view.column<bytes_view>(2), error);
    EXPECT_THROW(view.column<decimal>(0), error);
    EXPECT_THROW(view.column<double>(2), error);
}

TEST(block_layout, gives_a_fixed_column_its_width_whatever_is_declared) {
    const parsed_block block(build_block(block_of(1, fixed_column("c", data_type::integer, 4, {1})))
                                 .patch("bytes0", as_i32(1'000'000)));
    ASSERT_EQ(block.error, defect{});
    EXPECT_EQ(column_of(block.layout, 0, 0).declared_bytes, 4);
}

TEST(block_layout, may_have_four_thousand_and_ninety_six_columns) {
    block_spec spec;
    spec.rows = 1;
    spec.columns.assign(4096, fixed_column("c", data_type::boolean, 1, {1}));
    const parsed_block block(build_block(spec));
    ASSERT_EQ(block.error, defect{});
    EXPECT_EQ(block.layout.blocks[0].column_count, 4096U);
    spec.columns.push_back(spec.columns.back());
    EXPECT_EQ(parse(build_block(spec)), (defect{defect_code::block_columns_invalid, 12}));
}

TEST(block_layout, may_lack_the_trailing_byte_but_not_have_two) {
    block_spec spec = mixed_block();
    spec.trailer = 0;
    EXPECT_EQ(parse(build_block(spec)), defect{});
    spec.trailer = 2;
    const byte_builder bytes = build_block(spec);
    EXPECT_EQ(parse(bytes), (defect{defect_code::block_excess, bytes.at("end")}));
}

TEST(block_layout, of_version_one_may_have_lengths_in_either_byte_order) {
    for (const std::size_t trailer : {0U, 1U}) {
        for (const bool big_endian : {false, true}) {
            block_spec spec = mixed_block();
            spec.version = 1;
            spec.trailer = trailer;
            spec.big_endian_lengths = big_endian;
            const parsed_block block(build_block(spec));
            ASSERT_EQ(block.error, defect{});
            EXPECT_EQ(text_of(column_of(block.layout, 0, 3), 1), "\u4E2D\u6587");
        }
    }
}

TEST(block_layout, of_version_one_without_fixed_columns_is_told_by_its_sum) {
    for (const bool big_endian : {false, true}) {
        block_spec spec = block_of(2, bytes_column("s", data_type::varchar, {"ab", "c"}));
        spec.version = 1;
        spec.big_endian_lengths = big_endian;
        EXPECT_EQ(parse(build_block(spec)), defect{});
    }
}

TEST(block_layout, of_version_two_has_little_endian_lengths_only) {
    block_spec spec = mixed_block();
    spec.big_endian_lengths = true;
    const byte_builder bytes = build_block(spec);
    EXPECT_EQ(parse(bytes), (defect{defect_code::column_length_mismatch, bytes.at("length0")}));
}

TEST(block_layout, of_version_one_that_fits_in_no_byte_order_is_read_as_little_endian) {
    block_spec spec = mixed_block();
    spec.version = 1;
    const byte_builder bytes = build_block(spec).patch("length1", as_i32(13));
    EXPECT_EQ(parse(bytes), (defect{defect_code::column_length_mismatch, bytes.at("length1")}));
}

TEST(block_layout, accepts_cells_that_are_shared_overlap_or_stand_in_any_order) {
    const byte_builder cells = byte_builder().u16(2).text("ab").u16(1).text("c");
    const parsed_block block(
        build_block(block_of(5, column_of_cells("s", data_type::varchar, {4, 0, 4, -1, 0}, cells))));
    ASSERT_EQ(block.error, defect{});
    const auto& column = column_of(block.layout, 0, 0);
    EXPECT_EQ(text_of(column, 0), "c");
    EXPECT_EQ(text_of(column, 1), "ab");
    EXPECT_EQ(text_of(column, 2), "c");
    EXPECT_EQ(text_of(column, 3), std::nullopt);
    EXPECT_EQ(text_of(column, 4), "ab");

    const byte_builder nested = byte_builder().u16(4).u16(1).text("xy");
    EXPECT_EQ(parse(build_block(block_of(2, column_of_cells("s", data_type::varchar, {0, 2}, nested)))),
              defect{});
}

TEST(block_layout, accepts_a_variable_column_of_nulls_without_cells) {
    for (const data_type type : {data_type::varchar, data_type::nchar}) {
        const parsed_block block(build_block(block_of(2, column_of_cells("s", type, {-1, -1}, {}))));
        ASSERT_EQ(block.error, defect{});
        EXPECT_EQ(text_of(column_of(block.layout, 0, 0), 0), std::nullopt);
        const byte_builder bytes = build_block(block_of(2, column_of_cells("s", type, {-1, 0}, {})));
        EXPECT_EQ(parse(bytes), (defect{defect_code::cell_offset_invalid, bytes.at("front0") + 4}));
    }
}

TEST(block_layout, refuses_more_rows_than_a_variable_column_has_room_for) {
    // Four times the rows is more than 32 bits hold.
    for (const data_type type : {data_type::varchar, data_type::nchar, data_type::blob, data_type::json}) {
        for (const std::int64_t rows : {3, 0x4000'0001, 0x7FFF'FFFF}) {
            const byte_builder bytes = build_block(block_of(2, column_of_cells("s", type, {-1, -1}, {})))
                                           .patch("rows", as_i32(rows));
            EXPECT_EQ(parse(bytes), (defect{defect_code::truncated, bytes.at("front0")}))
                << to_string(type) << ", " << rows;
        }
    }
}

TEST(block_layout, places_failures_in_the_outermost_span) {
    const parsed_block block(build_block(mixed_block()).patch("rows", as_i32(0)), 1000);
    EXPECT_EQ(block.error, (defect{defect_code::block_rows_invalid, 1008}));
}

TEST(block_layout, refuses_every_proper_prefix) {
    const byte_builder block = build_block(mixed_block());
    for (std::size_t size = 0; size < block.size(); ++size) {
        const exact_bytes prefix(std::span(block.bytes()).first(size));
        detail::message_layout layout;
        const defect expected = size < block_header_size ? defect{defect_code::truncated, 0}
                                                         : defect{defect_code::block_length_mismatch, 4};
        EXPECT_EQ(parse_block(prefix.view(), 0, {}, json_form::binary, layout), expected) << size;
    }
}

TEST(block_layout, refuses_every_proper_prefix_that_says_it_is_whole) {
    block_spec spec = mixed_block();
    spec.trailer = 0;
    const byte_builder block = build_block(spec);
    for (std::size_t size = block_header_size; size < block.size(); ++size) {
        exact_bytes prefix(std::span(block.bytes()).first(size));
        for (std::size_t i = 0; i < 4; ++i)
            prefix[4 + i] = static_cast<std::uint8_t>(size >> 8 * i);
        detail::message_layout layout;
        EXPECT_EQ(parse_block(prefix.view(), 0, {}, json_form::binary, layout).code, defect_code::truncated)
            << size;
    }
}

class hostile_block : public ::testing::TestWithParam<hostile> {};

TEST_P(hostile_block, is_refused_at_the_field_that_is_wrong) {
    const byte_builder valid = build_block(mixed_block());
    ASSERT_EQ(parse(valid), defect{});
    EXPECT_EQ(parse(GetParam().applied_to(valid)), GetParam().expected_in(valid));
}

const hostile hostile_blocks[] = {
    {"version_0", "version", as_i32(0), defect_code::block_version, "version"},
    {"version_3", "version", as_i32(3), defect_code::block_version, "version"},
    {"length_one_short", "length", as_i32(static_cast<std::int64_t>(build_block(mixed_block()).size()) - 1),
     defect_code::block_length_mismatch, "length"},
    {"length_one_long", "length", as_i32(static_cast<std::int64_t>(build_block(mixed_block()).size()) + 1),
     defect_code::block_length_mismatch, "length"},
    {"length_negative", "length", as_i32(-1), defect_code::block_length_mismatch, "length"},
    {"no_rows", "rows", as_i32(0), defect_code::block_rows_invalid, "rows"},
    {"rows_negative", "rows", as_i32(-1), defect_code::block_rows_invalid, "rows"},
    {"one_row_more", "rows", as_i32(4), defect_code::column_length_mismatch, "length0"},
    {"rows_largest", "rows", as_i32(0x7FFF'FFFF), defect_code::column_length_mismatch, "length0"},
    {"rows_times_width_wraps", "rows", as_i32(0x2000'0003), defect_code::column_length_mismatch, "length0"},
    {"no_columns", "columns", as_i32(0), defect_code::block_columns_invalid, "columns"},
    {"columns_negative", "columns", as_i32(-1), defect_code::block_columns_invalid, "columns"},
    {"columns_4097", "columns", as_i32(4097), defect_code::block_columns_invalid, "columns"},
    {"more_columns_than_bytes", "columns", as_i32(4096), defect_code::truncated, "type0"},
    {"type_22", "type1", as_u8(22), defect_code::column_type_unknown, "type1"},
    {"type_255", "type1", as_u8(255), defect_code::column_type_unknown, "type1"},
    {"type_mediumblob", "type1", as_u8(19), defect_code::column_type_unsupported, "type1"},
    {"declared_size_negative", "bytes2", as_i32(-1), defect_code::column_bytes_negative, "bytes2"},
    {"fixed_length_negative", "length0", as_i32(-24), defect_code::column_length_negative, "length0"},
    {"variable_length_negative", "length2", as_i32(-1), defect_code::column_length_negative, "length2"},
    {"fixed_length_one_more", "length0", as_i32(25), defect_code::column_length_mismatch, "length0"},
    {"fixed_length_one_less", "length1", as_i32(11), defect_code::column_length_mismatch, "length1"},
    {"null_column_with_length", "length4", as_i32(1), defect_code::column_length_mismatch, "length4"},
    {"variable_length_past_the_block", "length2", as_i32(1000), defect_code::truncated, "front2"},
    {"variable_length_largest", "length3", as_i32(0x7FFF'FFFF), defect_code::truncated, "front3"},
    {"offset_minus_2", "front2", as_i32(-2), defect_code::cell_offset_invalid, "front2"},
    {"offset_lowest", "front2", as_i32(-0x7FFF'FFFF - 1), defect_code::cell_offset_invalid, "front2"},
    {"offset_largest", "front2", as_i32(0x7FFF'FFFF), defect_code::cell_offset_invalid, "front2"},
    {"offset_at_the_end", "front2", as_i32(6), defect_code::cell_offset_invalid, "front2"},
    {"offset_one_before_the_end", "front2", as_i32(5), defect_code::cell_offset_invalid, "front2"},
    {"offset_in_a_later_row", "front2", byte_builder().i32(0).i32(0).i32(7), defect_code::cell_offset_invalid,
     "front2", 8},
    {"cell_one_too_long", "cells2", as_u16(5), defect_code::cell_length_invalid, "cells2"},
    {"cell_longest", "cells2", as_u16(0xFFFF), defect_code::cell_length_invalid, "cells2"},
    {"last_cell_too_long", "cells2", byte_builder().u16(2).text("ab").u16(1),
     defect_code::cell_length_invalid, "cells2", 4},
    {"nchar_offset_minus_2", "front3", as_i32(-2), defect_code::cell_offset_invalid, "front3"},
    {"nchar_offset_one_before_the_end", "front3", as_i32(15), defect_code::cell_offset_invalid, "front3"},
    {"nchar_cell_too_long", "cells3", as_u16(16), defect_code::cell_length_invalid, "cells3"},
};

INSTANTIATE_TEST_SUITE_P(defects, hostile_block, ::testing::ValuesIn(hostile_blocks), name_of);

/// Two rows; the columns: 0 DECIMAL64(5, 2), 1 DECIMAL(38, 10), 2 BLOB.
block_spec new_types_block() {
    block_spec spec = block_of(2, decimal_column("d", data_type::decimal64, 2, 5, {1, std::nullopt}));
    spec.columns.push_back(decimal_column("e", data_type::decimal, 10, 38, {1, 2}));
    spec.columns.push_back(bytes_column("b", data_type::blob, {"abc", ""}));
    return spec;
}

class hostile_new_type_block : public ::testing::TestWithParam<hostile> {};

TEST_P(hostile_new_type_block, is_refused_at_the_field_that_is_wrong) {
    const byte_builder valid = build_block(new_types_block());
    ASSERT_EQ(parse(valid), defect{});
    EXPECT_EQ(parse(GetParam().applied_to(valid)), GetParam().expected_in(valid));
}

/// Scale, precision, nothing, width.
byte_builder declared(unsigned scale, unsigned precision, unsigned width) {
    return byte_builder().u8(scale).u8(precision).u8(0).u8(width);
}

const hostile hostile_new_types[] = {
    {"decimal64_as_wide_as_decimal", "bytes0", declared(2, 5, 16), defect_code::decimal_width_invalid,
     "bytes0", 3},
    {"decimal64_of_width_0", "bytes0", declared(2, 5, 0), defect_code::decimal_width_invalid, "bytes0", 3},
    {"decimal64_of_width_136", "bytes0", declared(2, 5, 136), defect_code::decimal_width_invalid, "bytes0",
     3},
    {"decimal_as_narrow_as_decimal64", "bytes1", declared(10, 38, 8), defect_code::decimal_width_invalid,
     "bytes1", 3},
    {"decimal_of_width_255", "bytes1", declared(10, 38, 255), defect_code::decimal_width_invalid, "bytes1",
     3},
    {"decimal64_of_19_digits", "bytes0", declared(2, 19, 8), defect_code::decimal_digits_invalid, "bytes0",
     1},
    {"decimal64_of_no_digits", "bytes0", declared(0, 0, 8), defect_code::decimal_digits_invalid, "bytes0", 1},
    {"decimal_of_39_digits", "bytes1", declared(2, 39, 16), defect_code::decimal_digits_invalid, "bytes1", 1},
    {"decimal_of_255_digits", "bytes1", declared(2, 255, 16), defect_code::decimal_digits_invalid, "bytes1",
     1},
    {"decimal_of_no_digits", "bytes1", declared(0, 0, 16), defect_code::decimal_digits_invalid, "bytes1", 1},
    {"decimal64_with_more_scale", "bytes0", declared(6, 5, 8), defect_code::decimal_scale_invalid, "bytes0"},
    {"decimal_with_more_scale", "bytes1", declared(38, 37, 16), defect_code::decimal_scale_invalid, "bytes1"},
    {"decimal_with_scale_255", "bytes1", declared(255, 38, 16), defect_code::decimal_scale_invalid, "bytes1"},
    {"decimal64_length_of_decimal", "length0", as_i32(32), defect_code::column_length_mismatch, "length0"},
    {"decimal_length_of_decimal64", "length1", as_i32(16), defect_code::column_length_mismatch, "length1"},
    {"decimal_length_negative", "length1", as_i32(-32), defect_code::column_length_negative, "length1"},
    {"decimal_length_one_more", "length1", as_i32(33), defect_code::column_length_mismatch, "length1"},
    {"decimal_becomes_decimal64", "type1", as_u8(21), defect_code::decimal_width_invalid, "bytes1", 3},
    {"blob_becomes_mediumblob", "type2", as_u8(19), defect_code::column_type_unsupported, "type2"},
    {"blob_declared_negative", "bytes2", as_i32(-1), defect_code::column_bytes_negative, "bytes2"},
    {"blob_length_negative", "length2", as_i32(-1), defect_code::column_length_negative, "length2"},
    {"blob_length_past_the_block", "length2", as_i32(13), defect_code::truncated, "front2"},
    {"blob_offset_minus_2", "front2", as_i32(-2), defect_code::cell_offset_invalid, "front2"},
    {"blob_offset_at_the_end", "front2", as_i32(11), defect_code::cell_offset_invalid, "front2"},
    {"blob_offset_three_before_the_end", "front2", as_i32(8), defect_code::cell_offset_invalid, "front2"},
    {"blob_one_too_long", "cells2", byte_builder().u32(8), defect_code::cell_length_invalid, "cells2"},
    {"blob_longest", "cells2", byte_builder().u32(0xFFFF'FFFF), defect_code::cell_length_invalid, "cells2"},
    {"blob_length_above_31_bits", "cells2", byte_builder().u32(0x8000'0003), defect_code::cell_length_invalid,
     "cells2"},
};

INSTANTIATE_TEST_SUITE_P(defects, hostile_new_type_block, ::testing::ValuesIn(hostile_new_types), name_of);

}  // namespace
}  // namespace tmq::wire
