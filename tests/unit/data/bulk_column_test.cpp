#include "built_message.hpp"
#include "support/refusal.hpp"
#include "tmq/block.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <limits>
#include <memory>
#include <string>
#include <vector>

namespace tmq {
namespace {

using namespace test;
using std::nullopt;

/// Copies a column of `values` with a null in front, and compares.
template <class T>
void expect_copied(data_type type, std::vector<T> values) {
    SCOPED_TRACE(to_string(type));
    std::vector<optional_number> cells = {nullopt};
    for (const T value : values)
        cells.push_back(bits(value));
    const built_message message = one_block(cells.size(), {fixed_column("c", type, sizeof(T), cells)});
    const auto column = message.block().column<T>("c");
    const auto out = std::make_unique<T[]>(column.size() + 1);
    out[column.size()] = values[0];
    column.copy_to(std::span<T>(out.get(), column.size() + 1));
    for (std::size_t i = 0; i < values.size(); ++i)
        EXPECT_EQ(out[i + 1], values[i]) << i;
    EXPECT_EQ(out[column.size()], values[0]) << "wrote behind the last row";

    const bytes_view raw = column.raw_values();
    ASSERT_EQ(raw.size(), cells.size() * sizeof(T));
    for (std::size_t i = 0; i < values.size(); ++i) {
        T read;
        std::memcpy(&read, raw.data() + (i + 1) * sizeof(T), sizeof read);
        EXPECT_EQ(read, values[i]);
    }
}

TEST(bulk_column, copies_every_fixed_type) {
    expect_copied<bool>(data_type::boolean, {true, false, true});
    expect_copied(data_type::tinyint, extremes<std::int8_t>());
    expect_copied(data_type::smallint, extremes<std::int16_t>());
    expect_copied(data_type::integer, extremes<std::int32_t>());
    expect_copied(data_type::bigint, extremes<std::int64_t>());
    expect_copied(data_type::timestamp, extremes<std::int64_t>());
    expect_copied(data_type::unsigned_tinyint, extremes<std::uint8_t>());
    expect_copied(data_type::unsigned_smallint, extremes<std::uint16_t>());
    expect_copied(data_type::unsigned_integer, extremes<std::uint32_t>());
    expect_copied(data_type::unsigned_bigint, extremes<std::uint64_t>());
    expect_copied(data_type::real, extremes<float>());
    expect_copied(data_type::double_precision, extremes<double>());
}

TEST(bulk_column, copies_timestamps_with_the_precision_of_the_block) {
    block_spec block =
        block_of(2, {fixed_column("ts", data_type::timestamp, 8, {bits(std::int64_t{-7}), 9})});
    block.precision = 2;
    message_spec spec;
    spec.blocks.push_back(block);
    const built_message message(spec);
    const auto column = message.block().column<timestamp>("ts");
    std::array<timestamp, 2> out;
    column.copy_to(out);
    EXPECT_EQ(out[0], timestamp(-7, time_precision::nanoseconds));
    EXPECT_EQ(out[1].precision(), time_precision::nanoseconds);
    EXPECT_EQ(column.raw_values().size(), 16U);
}

TEST(bulk_column, copies_every_byte_but_zero_as_true) {
    const built_message message = one_block(3, {fixed_column("c", data_type::boolean, 1, {0, 2, 255})});
    std::array<bool, 3> out{};
    message.block().column<bool>("c").copy_to(out);
    EXPECT_EQ(out, (std::array<bool, 3>{false, true, true}));
}

TEST(bulk_column, refuses_to_copy_where_there_is_no_room) {
    const built_message message = one_block(3, {fixed_column("c", data_type::integer, 4, {1, nullopt, 3})});
    const auto column = message.block().column<std::int32_t>("c");
    std::array<std::int32_t, 2> out{};
    std::array<bool, 2> valid{};
    const refusal values = refusal_of([&] { column.copy_to(out); });
    EXPECT_EQ(values.code, errc::invalid_argument);
    EXPECT_TRUE(values.says("room for 2 values of 3 rows")) << values.text;
    EXPECT_EQ(refusal_of([&] { column.copy_validity(valid); }).code, errc::invalid_argument);
    EXPECT_EQ(out, (std::array<std::int32_t, 2>{}));
}

TEST(bulk_column, copies_nothing_of_a_view_without_rows) {
    const column_view<std::int32_t> none;
    EXPECT_NO_THROW(none.copy_to({}));
    EXPECT_NO_THROW(none.copy_validity({}));
    EXPECT_TRUE(none.raw_values().empty());
    EXPECT_FALSE(none.has_nulls());
}

TEST(bulk_column, tells_which_rows_have_a_value) {
    const built_message message =
        one_block(3, {fixed_column("n", data_type::integer, 4, {1, nullopt, 3}),
                      bytes_column("s", data_type::varchar, {"", "x", nullopt}), null_column("nothing", 3),
                      fixed_column("full", data_type::integer, 4, {1, 2, 3})});
    const block_view block = message.block();
    std::array<bool, 4> valid = {false, true, false, true};
    block.column<std::int32_t>("n").copy_validity(valid);
    EXPECT_EQ(valid, (std::array<bool, 4>{true, false, true, true}));
    block.column<std::string_view>("s").copy_validity(valid);
    EXPECT_EQ(valid, (std::array<bool, 4>{true, true, false, true}));
    block.column<std::optional<double>>("nothing").copy_validity(valid);
    EXPECT_EQ(valid, (std::array<bool, 4>{false, false, false, true}));
    EXPECT_TRUE(block.column<std::int32_t>("n").has_nulls());
    EXPECT_TRUE(block.column<std::string_view>("s").has_nulls());
    EXPECT_TRUE(block.column<std::optional<double>>("nothing").has_nulls());
    EXPECT_FALSE(block.column<std::int32_t>("full").has_nulls());
}

TEST(bulk_column, has_a_null_bitmap_if_its_values_have_one_width) {
    std::vector<optional_number> numbers(9, 1);
    numbers[1] = nullopt;
    numbers[8] = nullopt;
    const built_message message =
        one_block(9, {fixed_column("n", data_type::integer, 4, numbers),
                      bytes_column("s", data_type::varchar, std::vector<optional_text>(9, "x")),
                      null_column("nothing", 9)});
    const block_view block = message.block();
    const bytes_view bitmap = block.column<std::int32_t>("n").null_bitmap();
    ASSERT_EQ(bitmap.size(), 2U);
    EXPECT_EQ(bitmap[0], std::byte{0x40});
    EXPECT_EQ(bitmap[1] & std::byte{0x80}, std::byte{0x80});
    EXPECT_EQ(block.column<std::optional<std::int32_t>>("n").null_bitmap().data(), bitmap.data());
    EXPECT_TRUE(block.column<std::string_view>("s").null_bitmap().empty());
    EXPECT_TRUE(block.column<std::optional<std::int32_t>>("nothing").null_bitmap().empty());
    EXPECT_TRUE(column_view<double>().null_bitmap().empty());
}

TEST(bulk_column, gives_a_fallback_for_nulls) {
    const built_message message =
        one_block(2, {fixed_column("n", data_type::integer, 4, {7, nullopt}),
                      bytes_column("s", data_type::varchar, {"", nullopt}), null_column("nothing", 2)});
    const block_view block = message.block();
    EXPECT_EQ(block.column<std::int32_t>("n").value_or(0, -1), 7);
    EXPECT_EQ(block.column<std::int32_t>("n").value_or(1, -1), -1);
    const auto optional = block.column<std::optional<std::int32_t>>("n");
    static_assert(std::is_same_v<decltype(optional.value_or(0, -1)), std::int32_t>);
    EXPECT_EQ(optional.value_or(0, -1), 7);
    EXPECT_EQ(optional.value_or(1, -1), -1);
    EXPECT_EQ(block.column<std::string_view>("s").value_or(0, "none"), "");
    EXPECT_EQ(block.column<std::string_view>("s").value_or(1, "none"), "none");
    EXPECT_EQ(block.column<std::optional<double>>("nothing").value_or(1, 2.5), 2.5);
}

template <class T>
concept copyable_in_bulk = requires(const column_view<T>& column, std::span<T> out) {
    column.copy_to(out);
    column.raw_values();
};
static_assert(copyable_in_bulk<double> && copyable_in_bulk<bool> && copyable_in_bulk<timestamp>);
static_assert(!copyable_in_bulk<std::string_view> && !copyable_in_bulk<std::optional<double>> &&
              !copyable_in_bulk<bytes_view>);

}  // namespace
}  // namespace tmq
