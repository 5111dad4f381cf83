#include "built_message.hpp"
#include "received_message.hpp"
#include "tmq/block.hpp"
#include "tmq/describe.hpp"
#include "tmq/message.hpp"
#include "tmq/row.hpp"

#include <boost/describe/class.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <ranges>
#include <string>
#include <string_view>
#include <vector>

namespace tmq {
namespace {

using namespace test;

struct reading {
    std::int32_t number = 0;
    std::optional<std::string_view> text;
    friend bool operator==(const reading&, const reading&) = default;
};
BOOST_DESCRIBE_STRUCT(reading, (), (number, text))

using tuples = row_range<std::int32_t, std::optional<std::string_view>>;

/// A range of the standard library in every respect: a view whose iterators outlive it.
template <class Range>
concept full_range =
    std::ranges::random_access_range<Range> && std::ranges::sized_range<Range> &&
    std::ranges::common_range<Range> && std::ranges::view<Range> && std::ranges::borrowed_range<Range> &&
    std::ranges::viewable_range<Range> && std::default_initializable<Range>;
static_assert(full_range<column_view<std::int32_t>> && full_range<column_view<std::optional<bytes_view>>>);
static_assert(full_range<tuples> && full_range<described_rows<reading>>);
static_assert(full_range<dynamic_row_range> && full_range<row_view> && full_range<block_range>);

/// Iterators of C++17 algorithms, which take no more than input from elements that are made on access.
template <class Range>
concept has_input_iterators =
    std::same_as<typename std::iterator_traits<typename Range::iterator>::iterator_category,
                 std::input_iterator_tag>;
static_assert(has_input_iterators<tuples> && has_input_iterators<block_range>);

built_message five_rows() {
    return one_block(5, {fixed_column("number", data_type::integer, 4, {30, 10, 50, 20, 40}),
                         bytes_column("text", data_type::varchar, {"c", std::nullopt, "e", "", "d"})});
}

TEST(ranges, let_an_algorithm_return_an_iterator_of_a_temporary) {
    const built_message message = five_rows();
    const block_view block = message.block();
    EXPECT_EQ(*std::ranges::max_element(block.column<std::int32_t>("number")), 50);
    const auto least = std::ranges::min_element(block.rows<std::int32_t, std::optional<std::string_view>>());
    EXPECT_EQ(*least, std::make_tuple(10, std::optional<std::string_view>()));
    const auto d =
        std::ranges::find(block.rows_as<reading>(), std::optional<std::string_view>("d"), &reading::text);
    EXPECT_EQ((*d).number, 40);
    const auto twenty = std::ranges::find_if(block.dynamic_rows(), [](const row_view& row) {
        return row["number"] == value_view(std::int64_t{20});
    });
    EXPECT_EQ(twenty - block.dynamic_rows().begin(), 3);
    const auto text = std::ranges::find(block.dynamic_rows()[0], "text", &row_view::field::name);
    EXPECT_EQ((*text).value, value_view(std::string_view("c")));
}

TEST(ranges, have_iterators_that_outlive_them) {
    const built_message message = five_rows();
    const auto tuple = message.block().rows<std::int32_t, std::optional<std::string_view>>().begin() + 2;
    const auto described = message.block().rows_as<reading>().begin() + 2;
    const auto dynamic = message.block().dynamic_rows().begin() + 2;
    const auto field = message.block().dynamic_rows()[2].begin() + 1;
    EXPECT_EQ(*tuple, std::make_tuple(50, std::optional<std::string_view>("e")));
    EXPECT_EQ(*described, (reading{50, "e"}));
    EXPECT_EQ(to_json(*dynamic), R"({"number":50,"text":"e"})");
    EXPECT_EQ((*field).name, "text");
}

TEST(ranges, are_walked_backwards_and_in_parts) {
    const built_message message = five_rows();
    const block_view block = message.block();
    std::vector<std::int32_t> numbers;
    for (const auto [number, text] :
         block.rows<std::int32_t, std::optional<std::string_view>>() | std::views::reverse)
        numbers.push_back(number);
    EXPECT_EQ(numbers, (std::vector<std::int32_t>{40, 20, 50, 10, 30}));
    std::string texts;
    for (const row_view row : block.dynamic_rows() | std::views::drop(3))
        texts += to_string(row["text"]) + '|';
    EXPECT_EQ(texts, "|d|");
    std::string names;
    for (const auto& [name, cell] : block.dynamic_rows()[0] | std::views::reverse)
        names += std::string(name) + ' ';
    EXPECT_EQ(names, "text number ");
    EXPECT_EQ(block.column<std::int32_t>("number").front(), 30);
    EXPECT_EQ(block.rows_as<reading>().back(), (reading{40, "d"}));
}

TEST(ranges, are_searched_by_halves) {
    const built_message message = one_block(
        4, {fixed_column("number", data_type::integer, 4, {10, 20, 30, 40}), null_column("text", 4)});
    const auto rows = message.block().rows_as<reading>();
    const auto found = std::ranges::lower_bound(rows, 25, {}, &reading::number);
    EXPECT_EQ(found - rows.begin(), 2);
    EXPECT_EQ(rows.end() - found, 2);
    EXPECT_EQ(found[1].number, 40);
    EXPECT_LT(rows.begin(), found);
}

TEST(ranges, of_a_message_are_its_blocks) {
    message_spec spec;
    for (const char* const table : {"d1", "d2", "d3"}) {
        block_spec block = block_of(1, {fixed_column("number", data_type::integer, 4, {1})});
        block.table = table;
        spec.blocks.push_back(block);
    }
    const auto received = received_message(spec);
    std::string tables;
    for (const block_view block : received->blocks() | std::views::reverse)
        tables += std::string(block.table_name()) + ' ';
    EXPECT_EQ(tables, "d3 d2 d1 ");
    EXPECT_EQ(received->blocks().back().table_name(), "d3");
    EXPECT_EQ((*std::ranges::find(received->blocks(), "d2", &block_view::table_name)).row_count(), 1U);
}

TEST(ranges, are_empty_until_they_are_taken_from_a_block) {
    EXPECT_TRUE(tuples().empty());
    EXPECT_TRUE(described_rows<reading>().empty());
    EXPECT_TRUE(dynamic_row_range().empty());
    EXPECT_TRUE(row_view().empty());
    EXPECT_TRUE(block_range().empty());
    EXPECT_EQ(block_view().row_count(), 0U);
    EXPECT_EQ(block_view().find_column("number"), std::nullopt);
}

}  // namespace
}  // namespace tmq
