#include "built_message.hpp"
#include "support/refusal.hpp"
#include "tmq/block.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <limits>
#include <numeric>
#include <ranges>
#include <string>
#include <vector>

namespace tmq {
namespace {

using namespace test;

template <class T>
using column_iterator = typename column_view<T>::iterator;

static_assert(std::random_access_iterator<column_iterator<std::int32_t>>);
static_assert(std::random_access_iterator<column_iterator<std::optional<std::string_view>>>);
static_assert(std::sized_sentinel_for<column_iterator<bool>, column_iterator<bool>>);
static_assert(std::ranges::random_access_range<column_view<double>> &&
              std::ranges::sized_range<column_view<double>>);

/// Each value, and a null behind it.
template <class T>
void expect_reads_back(data_type type, const std::vector<T>& values) {
    SCOPED_TRACE(to_string(type));
    std::vector<optional_number> cells;
    for (const T value : values) {
        cells.push_back(bits(value));
        cells.push_back(std::nullopt);
    }
    const built_message message = one_block(cells.size(), {fixed_column("c", type, sizeof(T), cells)});
    const column_view<T> column = message.block().column<T>("c");
    const auto optional = message.block().column<std::optional<T>>("c");
    ASSERT_EQ(column.size(), cells.size());
    ASSERT_EQ(optional.size(), cells.size());
    EXPECT_FALSE(column.empty());
    EXPECT_EQ(column.null_count(), values.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
        const T expected = values[i];
        EXPECT_EQ(column[2 * i], expected);
        EXPECT_EQ(optional[2 * i], expected);
        EXPECT_EQ(optional[2 * i + 1], std::nullopt);
        EXPECT_FALSE(column.is_null(2 * i));
        EXPECT_TRUE(column.is_null(2 * i + 1));
        EXPECT_FALSE(message.block().is_null(2 * i, 0));
        EXPECT_TRUE(message.block().is_null(2 * i + 1, 0));
    }
}

built_message texts(data_type type, const std::vector<optional_text>& values) {
    return one_block(values.size(), {bytes_column("c", type, values)});
}

std::string text_of(bytes_view bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

/// The types whose columns can be read as T.
template <class T>
std::string types_read_as() {
    std::string names;
    for (unsigned number = 0; number < 256; ++number)
        if (const auto type = static_cast<data_type>(number); detail::cell<T>::accepts(type))
            names += std::string(to_string(type)) + ';';
    return names;
}

TEST(column, gives_every_fixed_type_with_its_extremes_and_nulls) {
    expect_reads_back<bool>(data_type::boolean, {true, false});
    expect_reads_back(data_type::tinyint, extremes<std::int8_t>());
    expect_reads_back(data_type::smallint, extremes<std::int16_t>());
    expect_reads_back(data_type::integer, extremes<std::int32_t>());
    expect_reads_back(data_type::bigint, extremes<std::int64_t>());
    expect_reads_back(data_type::timestamp, extremes<std::int64_t>());
    expect_reads_back(data_type::unsigned_tinyint, extremes<std::uint8_t>());
    expect_reads_back(data_type::unsigned_smallint, extremes<std::uint16_t>());
    expect_reads_back(data_type::unsigned_integer, extremes<std::uint32_t>());
    expect_reads_back(data_type::unsigned_bigint, extremes<std::uint64_t>());
    expect_reads_back(data_type::real,
                      std::vector<float>{-0.0F, 1.5F, std::numeric_limits<float>::denorm_min(),
                                         std::numeric_limits<float>::infinity()});
    expect_reads_back(data_type::double_precision,
                      std::vector<double>{-1e308, 0.1, -std::numeric_limits<double>::infinity()});
}

TEST(column, gives_timestamps_in_the_precision_of_the_block) {
    for (const auto precision :
         {time_precision::milliseconds, time_precision::microseconds, time_precision::nanoseconds}) {
        block_spec block = block_of(
            2, {fixed_column("ts", data_type::timestamp, 8, {bits(std::int64_t{-5}), std::nullopt})});
        block.precision = static_cast<std::uint64_t>(precision);
        message_spec spec;
        spec.blocks.push_back(block);
        const built_message message(spec);
        EXPECT_EQ(message.block().precision(), precision);
        const timestamp read = message.block().column<timestamp>("ts")[0];
        EXPECT_EQ(read.ticks(), -5);
        EXPECT_EQ(read.precision(), precision);
        EXPECT_EQ(message.block().column<std::optional<timestamp>>("ts")[1], std::nullopt);
    }
}

TEST(column, takes_every_byte_but_zero_for_true) {
    const built_message message = one_block(3, {fixed_column("c", data_type::boolean, 1, {0, 2, 255})});
    const auto column = message.block().column<bool>("c");
    EXPECT_EQ(std::vector<bool>(column.begin(), column.end()), (std::vector<bool>{false, true, true}));
}

TEST(column, gives_text_with_its_nulls_and_empty_strings_apart) {
    const std::string longest(65'000, 'x');
    const built_message message =
        texts(data_type::varchar, {"abc", std::nullopt, "", longest, std::string_view("a\0b", 3)});
    const auto column = message.block().column<std::string_view>("c");
    const auto optional = message.block().column<std::optional<std::string_view>>("c");
    EXPECT_EQ(column[0], "abc");
    EXPECT_EQ(column[1], "");
    EXPECT_EQ(column[2], "");
    EXPECT_EQ(column[3], longest);
    EXPECT_EQ(column[4], std::string_view("a\0b", 3));
    EXPECT_TRUE(column.is_null(1));
    EXPECT_FALSE(column.is_null(2));
    EXPECT_EQ(column.null_count(), 1U);
    EXPECT_EQ(optional[1], std::nullopt);
    EXPECT_EQ(optional[2], "");
    EXPECT_TRUE(message.block().is_null(1, 0));
    EXPECT_FALSE(message.block().is_null(2, 0));
}

TEST(column, gives_nchar_as_utf8) {
    const built_message message =
        one_block(4, {nchar_column("c", {U"caf\u00E9", std::nullopt, U"", U"\u8868\U0001F600"})});
    const auto column = message.block().column<std::optional<std::string_view>>("c");
    EXPECT_EQ(column[0], "caf\xC3\xA9");
    EXPECT_EQ(column[1], std::nullopt);
    EXPECT_EQ(column[2], "");
    EXPECT_EQ(column[3], "\xE8\xA1\xA8\xF0\x9F\x98\x80");
}

TEST(column, gives_bytes_of_varbinary_geometry_and_varchar) {
    for (const auto type : {data_type::varbinary, data_type::geometry, data_type::varchar}) {
        const built_message message = texts(type, {std::string_view("\x00\xFF", 2), std::nullopt, ""});
        const auto column = message.block().column<bytes_view>("c");
        EXPECT_EQ(text_of(column[0]), std::string("\x00\xFF", 2));
        EXPECT_TRUE(column[1].empty());
        EXPECT_TRUE(column.is_null(1));
        EXPECT_FALSE(column.is_null(2));
        const auto optional = message.block().column<std::optional<bytes_view>>(0);
        EXPECT_FALSE(optional[1].has_value());
        ASSERT_TRUE(optional[2].has_value());
        EXPECT_TRUE(optional[2]->empty());
    }
}

TEST(column, is_all_null_when_the_server_gives_it_no_type) {
    for (const std::size_t rows : {1U, 8U, 9U, 1'000U}) {
        const built_message message = one_block(rows, {null_column("c", rows)});
        EXPECT_EQ(message.block().column_type(0), data_type::null);
        const auto numbers = message.block().column<std::optional<std::int64_t>>("c");
        const auto strings = message.block().column<std::optional<std::string_view>>("c");
        ASSERT_EQ(numbers.size(), rows);
        ASSERT_EQ(strings.size(), rows);
        EXPECT_EQ(numbers.null_count(), rows);
        EXPECT_EQ(strings.null_count(), rows);
        EXPECT_TRUE(std::ranges::all_of(numbers, [](auto value) { return !value.has_value(); }));
        EXPECT_TRUE(std::ranges::all_of(strings, [](auto value) { return !value.has_value(); }));
        EXPECT_TRUE(numbers.is_null(rows - 1));
        EXPECT_TRUE(strings.is_null(rows - 1));
        EXPECT_TRUE(message.block().is_null(rows - 1, 0));
    }
}

TEST(column, is_read_only_as_its_own_type) {
    EXPECT_EQ(types_read_as<bool>(), "BOOL;");
    EXPECT_EQ(types_read_as<std::int8_t>(), "TINYINT;");
    EXPECT_EQ(types_read_as<std::int16_t>(), "SMALLINT;");
    EXPECT_EQ(types_read_as<std::int32_t>(), "INT;");
    EXPECT_EQ(types_read_as<std::int64_t>(), "BIGINT;TIMESTAMP;");
    EXPECT_EQ(types_read_as<std::uint8_t>(), "TINYINT UNSIGNED;");
    EXPECT_EQ(types_read_as<std::uint16_t>(), "SMALLINT UNSIGNED;");
    EXPECT_EQ(types_read_as<std::uint32_t>(), "INT UNSIGNED;");
    EXPECT_EQ(types_read_as<std::uint64_t>(), "BIGINT UNSIGNED;");
    EXPECT_EQ(types_read_as<float>(), "FLOAT;");
    EXPECT_EQ(types_read_as<double>(), "DOUBLE;");
    EXPECT_EQ(types_read_as<timestamp>(), "TIMESTAMP;");
    EXPECT_EQ(types_read_as<std::string_view>(), "VARCHAR;NCHAR;JSON;");
    EXPECT_EQ(types_read_as<bytes_view>(), "VARCHAR;VARBINARY;BLOB;GEOMETRY;");
    EXPECT_EQ(types_read_as<std::optional<std::int32_t>>(), "NULL;INT;");
    EXPECT_EQ(types_read_as<std::optional<bytes_view>>(), "NULL;VARCHAR;VARBINARY;BLOB;GEOMETRY;");
}

TEST(column, is_refused_as_another_type_with_its_name_and_both_types) {
    const built_message message =
        one_block(1, {fixed_column("voltage", data_type::integer, 4, {220}), null_column("nothing", 1)});
    const refusal wider = refusal_of([&] { message.block().column<std::int64_t>("voltage"); });
    EXPECT_EQ(wider.code, errc::column_type_mismatch);
    EXPECT_TRUE(wider.says("column 'voltage' is INT, not std::int64_t")) << wider.text;
    const refusal text = refusal_of([&] { message.block().column<std::optional<std::string_view>>(0); });
    EXPECT_EQ(text.code, errc::column_type_mismatch);
    EXPECT_TRUE(text.says("column 'voltage' is INT, not std::string_view")) << text.text;
    const refusal without_type = refusal_of([&] { message.block().column<std::int32_t>("nothing"); });
    EXPECT_EQ(without_type.code, errc::column_type_mismatch);
    EXPECT_TRUE(without_type.says("column 'nothing' is NULL, not std::int32_t")) << without_type.text;
}

TEST(column, is_walked_in_any_direction) {
    std::vector<optional_number> cells;
    for (std::uint64_t i = 0; i < 10; ++i)
        cells.push_back(i * i);
    const built_message message = one_block(cells.size(), {fixed_column("c", data_type::integer, 4, cells)});
    const auto column = message.block().column<std::int32_t>("c");
    auto at = column.begin();
    EXPECT_EQ(*at, 0);
    EXPECT_EQ(*++at, 1);
    EXPECT_EQ(*at++, 1);
    EXPECT_EQ(*at, 4);
    EXPECT_EQ(*--at, 1);
    EXPECT_EQ(*at--, 1);
    EXPECT_EQ(*at, 0);
    EXPECT_EQ(*(at += 5), 25);
    EXPECT_EQ(*(at -= 2), 9);
    EXPECT_EQ(*(at + 1), 16);
    EXPECT_EQ(*(1 + at), 16);
    EXPECT_EQ(*(at - 1), 4);
    EXPECT_EQ(at[3], 36);
    EXPECT_EQ(at[-3], 0);
    EXPECT_EQ(column.end() - column.begin(), 10);
    EXPECT_EQ(column.begin() - column.end(), -10);
    EXPECT_LT(column.begin(), at);
    EXPECT_GT(column.end(), at);
    EXPECT_EQ(column.begin() + 3, at);
}

TEST(column, works_with_the_algorithms_of_the_standard_library) {
    const built_message message =
        one_block(5, {fixed_column("n", data_type::integer, 4, {10, 20, 30, 40, 50}),
                      bytes_column("s", data_type::varchar, {"b", std::nullopt, "d", "a", "c"})});
    const auto numbers = message.block().column<std::int32_t>("n");
    const auto strings = message.block().column<std::optional<std::string_view>>("s");
    EXPECT_EQ(std::accumulate(numbers.begin(), numbers.end(), 0), 150);
    EXPECT_EQ(std::ranges::distance(numbers), 5);
    EXPECT_TRUE(std::ranges::is_sorted(numbers));
    EXPECT_EQ(std::ranges::lower_bound(numbers, 35) - numbers.begin(), 3);
    EXPECT_EQ(std::ranges::count(strings, std::optional<std::string_view>()), 1);
    EXPECT_EQ(std::ranges::find(strings, std::optional<std::string_view>("d")) - strings.begin(), 2);
    EXPECT_EQ(*std::ranges::max_element(strings), "d");
    std::vector<std::int32_t> backwards;
    std::ranges::copy(std::make_reverse_iterator(numbers.end()), std::make_reverse_iterator(numbers.begin()),
                      std::back_inserter(backwards));
    EXPECT_EQ(backwards, (std::vector<std::int32_t>{50, 40, 30, 20, 10}));
}

TEST(column, is_empty_until_it_is_taken_from_a_block) {
    const column_view<double> column;
    EXPECT_TRUE(column.empty());
    EXPECT_EQ(column.begin(), column.end());
    EXPECT_EQ(column.null_count(), 0U);
}

}  // namespace
}  // namespace tmq
