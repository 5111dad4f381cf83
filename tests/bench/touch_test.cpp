#include "tools/tmqbench/touch.hpp"

#include "unit/data/built_message.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <utility>
#include <vector>

namespace tmq::test {
namespace {

using std::nullopt;
using tools::tmqbench::totals;

constexpr std::size_t rows = 9;

/// `value` in every row; with nulls, none in the third.
std::vector<optional_number> numbers(std::uint64_t value, bool with_null) {
    std::vector<optional_number> all(rows, value);
    if (with_null) all[2] = nullopt;
    return all;
}
template <class Value>
std::vector<std::optional<Value>> repeated(const Value& value, bool with_null) {
    std::vector<std::optional<Value>> all(rows, value);
    if (with_null) all[2] = nullopt;
    return all;
}

/// A column of every type.
std::vector<column_spec> columns_of_every_type(bool with_null) {
    const auto fixed = [&](const char* name, data_type type, std::size_t width, optional_number value) {
        return fixed_column(name, type, width, numbers(*value, with_null));
    };
    const auto text = [&](const char* name, data_type type, std::string_view value) {
        return bytes_column(name, type, repeated(value, with_null));
    };
    return {fixed("ts", data_type::timestamp, 8, bits(std::int64_t{-1})),
            fixed("bool", data_type::boolean, 1, 1),
            fixed("i8", data_type::tinyint, 1, bits(std::int8_t{-8})),
            fixed("i16", data_type::smallint, 2, bits(std::int16_t{-16})),
            fixed("i32", data_type::integer, 4, bits(std::int32_t{-32})),
            fixed("i64", data_type::bigint, 8, bits(std::numeric_limits<std::int64_t>::min())),
            fixed("u8", data_type::unsigned_tinyint, 1, 255),
            fixed("u16", data_type::unsigned_smallint, 2, 65'535),
            fixed("u32", data_type::unsigned_integer, 4, 4'294'967'295),
            fixed("u64", data_type::unsigned_bigint, 8, std::numeric_limits<std::uint64_t>::max()),
            fixed("f32", data_type::real, 4, bits(0.5F)),
            fixed("f64", data_type::double_precision, 8, bits(-0.25)),
            decimal_column("d64", data_type::decimal64, 2, 5, numbers(12'345, with_null)),
            decimal_column("d128", data_type::decimal, 0, 38, numbers(7, with_null)),
            text("varchar", data_type::varchar, "four"),
            nchar_column("nchar", repeated(std::u32string_view(U"gr\u00FCn"), with_null)),
            text("varbinary", data_type::varbinary, "six!!!"),
            text("geometry", data_type::geometry, "two"),
            text("blob", data_type::blob, "one"),
            json_column("json", repeated(tag_set({json_string("k", U"v")}), with_null)),
            null_column("nothing", rows)};
}

void expect_alike(const totals& a, const totals& b) {
    EXPECT_EQ(a.nulls, b.nulls);
    EXPECT_EQ(a.bytes, b.bytes);
    EXPECT_EQ(a.integers, b.integers);
    EXPECT_EQ(a.floats, b.floats);
}

totals columns_of(const block_view& block) {
    totals sums;
    touch_columns(block, sums);
    return sums;
}
totals typed_rows_of(const block_view& block) {
    totals sums;
    touch_typed_rows(block, sums);
    return sums;
}
totals dynamic_rows_of(const block_view& block) {
    totals sums;
    touch_dynamic_rows(block, sums);
    return sums;
}

TEST(touched_rows, of_every_type_come_to_what_their_values_are) {
    const built_message message = one_block(rows, columns_of_every_type(true));
    const totals columns = columns_of(message.block());
    EXPECT_EQ(columns.nulls, 20 + rows);
    EXPECT_EQ(columns.bytes, (rows - 1) * (8 + 1 + 15 + 15 + 12 + 8 + 16 + 4 + 5 + 6 + 3 + 3 + 9));
    constexpr std::int64_t sum = -1 + 1 - 8 - 16 - 32 + 255 + 65'535 + 4'294'967'295 - 1;
    EXPECT_EQ(static_cast<std::int64_t>(columns.integers), static_cast<std::int64_t>(rows - 1) * sum)
        << "the least integer eight times is none";
    EXPECT_EQ(columns.floats, static_cast<double>(rows - 1) * 0.25);
    EXPECT_EQ(columns.typed_cells, rows * 20);
}

TEST(touched_rows, of_every_type_are_read_as_their_types_and_alike_in_every_mode) {
    for (const bool with_null : {false, true}) {
        const built_message message = one_block(rows, columns_of_every_type(with_null));
        const totals columns = columns_of(message.block());
        const totals typed = typed_rows_of(message.block());
        const totals dynamic = dynamic_rows_of(message.block());
        expect_alike(typed, columns);
        expect_alike(dynamic, columns);
        EXPECT_EQ(typed.typed_cells, rows * 20) << "all but those of type NULL";
        EXPECT_EQ(dynamic.typed_cells, 0U);
    }
}

TEST(touched_rows, of_any_two_types_side_by_side_are_read_as_their_types) {
    const std::vector<column_spec> full = columns_of_every_type(false);
    const std::vector<column_spec> with_null = columns_of_every_type(true);
    std::vector<column_spec> all = full;
    all.insert(all.end(), with_null.begin(), with_null.end());
    for (const column_spec& left : all) {
        for (const column_spec& right : all) {
            SCOPED_TRACE(left.name + " " + right.name);
            const built_message message = one_block(rows, {left, right});
            const totals typed = typed_rows_of(message.block());
            expect_alike(typed, columns_of(message.block()));
            const auto known = [](const column_spec& column) {
                return column.type == data_type::null ? std::size_t{0} : rows;
            };
            EXPECT_EQ(typed.typed_cells, known(left) + known(right));
        }
    }
}

TEST(touched_rows, that_have_the_columns_of_the_load_may_have_other_nulls) {
    for (const bool with_null : {false, true}) {
        const built_message message = one_block(
            rows, {fixed_column("ts", data_type::timestamp, 8, numbers(5, false)),
                   fixed_column("current", data_type::real, 4, numbers(*bits(0.5F), with_null)),
                   fixed_column("voltage", data_type::integer, 4, numbers(220, with_null)),
                   fixed_column("phase", data_type::real, 4, numbers(*bits(0.25F), with_null)),
                   fixed_column("groupid", data_type::integer, 4, numbers(3, with_null)),
                   bytes_column("location", data_type::varchar, repeated(std::string_view("here"), true)),
                   fixed_column("sequence", data_type::bigint, 8, numbers(1, with_null))});
        const totals typed = typed_rows_of(message.block());
        expect_alike(typed, columns_of(message.block()));
        EXPECT_EQ(typed.nulls, with_null ? 6U : 1U);
        EXPECT_EQ(typed.typed_cells, rows * 7);
    }
}

}  // namespace
}  // namespace tmq::test
