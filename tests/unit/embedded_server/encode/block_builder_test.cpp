#include "tmq/testing/block_builder.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <stdexcept>

namespace tmq::testing {
namespace {

block_builder with(data_type type, std::int32_t length = 64) {
    block_builder block;
    block.column("c", type, length);
    return block;
}

using bytes = std::vector<std::uint8_t>;

TEST(block_builder, writes_integers_least_significant_byte_first) {
    block_builder block = with(data_type::integer);
    block.row(-2).row(0x01020304);
    EXPECT_EQ(block.columns()[0].values, (bytes{0xfe, 0xff, 0xff, 0xff, 4, 3, 2, 1}));
}

TEST(block_builder, takes_the_whole_range_of_every_integer_type_and_no_more) {
    EXPECT_NO_THROW(with(data_type::tinyint).row(-128).row(127));
    EXPECT_THROW(with(data_type::tinyint).row(-129), std::invalid_argument);
    EXPECT_THROW(with(data_type::tinyint).row(128), std::invalid_argument);
    EXPECT_NO_THROW(with(data_type::unsigned_tinyint).row(0).row(255));
    EXPECT_THROW(with(data_type::unsigned_tinyint).row(-1), std::invalid_argument);
    EXPECT_THROW(with(data_type::unsigned_tinyint).row(256), std::invalid_argument);
    EXPECT_NO_THROW(with(data_type::smallint).row(-32768).row(32767));
    EXPECT_THROW(with(data_type::smallint).row(32768), std::invalid_argument);
    EXPECT_NO_THROW(with(data_type::bigint)
                        .row(std::numeric_limits<std::int64_t>::min())
                        .row(std::numeric_limits<std::int64_t>::max()));
    EXPECT_THROW(with(data_type::bigint).row(std::numeric_limits<std::uint64_t>::max()),
                 std::invalid_argument);
    EXPECT_NO_THROW(with(data_type::unsigned_bigint).row(std::numeric_limits<std::uint64_t>::max()));
    EXPECT_THROW(with(data_type::unsigned_bigint).row(std::int64_t{-1}), std::invalid_argument);
    EXPECT_NO_THROW(with(data_type::boolean).row(true).row(false));
    EXPECT_THROW(with(data_type::boolean).row(2), std::invalid_argument);
}

TEST(block_builder, refuses_a_value_of_the_wrong_kind) {
    EXPECT_THROW(with(data_type::integer).row("7"), std::invalid_argument);
    EXPECT_THROW(with(data_type::integer).row(7.0), std::invalid_argument);
    EXPECT_THROW(with(data_type::varchar).row(7), std::invalid_argument);
    EXPECT_THROW(with(data_type::real).row("7"), std::invalid_argument);
    EXPECT_THROW(with(data_type::nchar).row(std::vector<std::byte>(2)), std::invalid_argument);
}

TEST(block_builder, keeps_null_apart_from_zero_and_from_the_empty_string) {
    block_builder numbers = with(data_type::integer);
    const std::optional<int> nothing;
    numbers.row(0).row(nullptr).row(nothing);
    EXPECT_EQ(numbers.columns()[0].nulls, (std::vector<bool>{false, true, true}));
    block_builder texts = with(data_type::varchar);
    texts.row("").row(nullptr).row("ab");
    EXPECT_EQ(texts.columns()[0].offsets, (std::vector<std::int32_t>{0, -1, 2}));
    EXPECT_EQ(texts.columns()[0].values, (bytes{0, 0, 2, 0, 'a', 'b'}));
}

TEST(block_builder, writes_nchar_as_four_bytes_per_character) {
    block_builder block = with(data_type::nchar, 3);
    block.row("A\u4e2d\U0001F600");
    EXPECT_EQ(block.columns()[0].values, (bytes{12, 0, 'A', 0, 0, 0, 0x2d, 0x4e, 0, 0, 0x00, 0xf6, 0x01, 0}));
    EXPECT_EQ(block.columns()[0].bytes, 14);
}

TEST(block_builder, refuses_nchar_that_is_not_utf8) {
    for (const char* text : {"\xff", "\xc0\x80", "\xe4\xb8", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\x80"})
        EXPECT_THROW(with(data_type::nchar).row(text), std::invalid_argument);
}

TEST(block_builder, bounds_values_by_the_declared_length) {
    EXPECT_NO_THROW(with(data_type::varchar, 3).row("abc"));
    EXPECT_THROW(with(data_type::varchar, 3).row("abcd"), std::invalid_argument);
    EXPECT_NO_THROW(with(data_type::nchar, 2).row("\u4e2d\u4e2d"));
    EXPECT_THROW(with(data_type::nchar, 2).row("abc"), std::invalid_argument);
}

TEST(block_builder, is_as_before_when_a_row_is_refused) {
    block_builder block;
    block.column("a", data_type::integer)
        .column("b", data_type::varchar, 4)
        .column("c", data_type::nchar, 4)
        .column("d", data_type::tinyint);
    block.row(1, "one", "x", 1);
    const auto before = block.columns();
    EXPECT_THROW(block.row(2, "two", "y", 1000), std::invalid_argument);
    EXPECT_THROW(block.row(2, "two", "too long", 1), std::invalid_argument);
    EXPECT_THROW(block.row(2, nullptr, "\xff", 1), std::invalid_argument);
    EXPECT_THROW(block.row(2, "two"), std::invalid_argument);
    EXPECT_EQ(block.rows(), 1U);
    for (std::size_t i = 0; i < before.size(); ++i) {
        EXPECT_EQ(block.columns()[i].values, before[i].values);
        EXPECT_EQ(block.columns()[i].offsets, before[i].offsets);
        EXPECT_EQ(block.columns()[i].nulls, before[i].nulls);
    }
}

TEST(block_builder, refuses_columns_that_no_server_has) {
    EXPECT_THROW(with(data_type::mediumblob), std::invalid_argument);
    EXPECT_THROW(with(static_cast<data_type>(22)), std::invalid_argument);
    EXPECT_THROW(with(data_type::varchar, 0), std::invalid_argument);
    EXPECT_THROW(with(data_type::nchar, 16380), std::invalid_argument);
    EXPECT_THROW(block_builder().column(std::string(65, 'c'), data_type::integer), std::invalid_argument);
    block_builder begun = with(data_type::integer);
    begun.row(1);
    EXPECT_THROW(begun.column("late", data_type::integer), std::invalid_argument);
}

TEST(block_builder, starts_over_with_the_same_columns) {
    block_builder block = with(data_type::varchar);
    block.row("a");
    block.clear_rows();
    block.row("b");
    EXPECT_EQ(block.rows(), 1U);
    EXPECT_EQ(block.columns()[0].values, (bytes{1, 0, 'b'}));
}

}  // namespace
}  // namespace tmq::testing
