#include "built_message.hpp"
#include "support/refusal.hpp"
#include "tmq/block.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace tmq {
namespace {

using namespace test;
using std::nullopt;

built_message meters() {
    return one_block(3, {fixed_column("ts", data_type::timestamp, 8, {10, 20, 30}),
                         fixed_column("current", data_type::real, 4, {bits(1.5F), bits(2.5F), nullopt}),
                         fixed_column("voltage", data_type::integer, 4, {220, 230, 240}),
                         bytes_column("location", data_type::varchar, {"a", nullopt, ""})});
}

template <class Range>
auto all(const Range& rows) {
    std::vector<typename Range::value_type> found;
    for (const auto& row : rows)
        found.push_back(row);
    return found;
}

TEST(rows, are_read_by_column_names_in_any_order) {
    const built_message message = meters();
    const auto rows = message.block().rows<std::int32_t, timestamp>("voltage", "TS");
    ASSERT_EQ(rows.size(), 3U);
    EXPECT_FALSE(rows.empty());
    const auto found = all(rows);
    ASSERT_EQ(found.size(), 3U);
    EXPECT_EQ(found[0], std::make_tuple(220, timestamp(10, time_precision::milliseconds)));
    EXPECT_EQ(found[2], std::make_tuple(240, timestamp(30, time_precision::milliseconds)));
    EXPECT_EQ(rows[1], found[1]);
}

TEST(rows, are_read_by_indexes_and_by_both) {
    const built_message message = meters();
    const std::string name = "voltage";
    EXPECT_EQ(message.block().rows<std::int32_t>(2)[1], std::make_tuple(230));
    const auto mixed =
        message.block().rows<std::int32_t, std::int64_t>(std::string_view(name), std::size_t{0});
    EXPECT_EQ(mixed[2], std::make_tuple(240, std::int64_t{30}));
}

TEST(rows, are_read_by_position_when_no_column_is_named) {
    const built_message message = meters();
    const auto rows = message.block().rows<std::int64_t, std::optional<float>, std::int32_t>();
    EXPECT_EQ(rows[0], std::make_tuple(std::int64_t{10}, std::optional(1.5F), 220));
    EXPECT_EQ(rows[2], std::make_tuple(std::int64_t{30}, std::optional<float>(), 240));
}

TEST(rows, can_be_taken_apart_in_a_loop) {
    const built_message message = meters();
    std::int64_t sum = 0;
    std::string places;
    for (const auto [ts, voltage, place] :
         message.block().rows<std::int64_t, std::int32_t, std::optional<std::string_view>>("ts", "voltage",
                                                                                           "location")) {
        sum += ts + voltage;
        places += place ? std::string(*place) + "|" : "null|";
    }
    EXPECT_EQ(sum, 750);
    EXPECT_EQ(places, "a|null||");
}

TEST(rows, give_nulls_of_optional_columns) {
    const built_message message = meters();
    const auto rows =
        message.block().rows<std::optional<float>, std::optional<std::string_view>>("current", "location");
    EXPECT_EQ(rows[0], std::make_tuple(std::optional(1.5F), std::optional<std::string_view>("a")));
    EXPECT_EQ(rows[1], std::make_tuple(std::optional(2.5F), std::optional<std::string_view>()));
    EXPECT_EQ(rows[2], std::make_tuple(std::optional<float>(), std::optional<std::string_view>("")));
}

TEST(rows, are_refused_before_the_first_one_when_a_column_has_a_null_that_its_type_has_not) {
    const built_message message = meters();
    const refusal fixed =
        refusal_of([&] { (void)message.block().rows<std::int32_t, float>("voltage", "current"); });
    EXPECT_EQ(fixed.code, errc::unexpected_null);
    EXPECT_TRUE(fixed.says("column 'current' read as float")) << fixed.text;
    const refusal variable = refusal_of([&] { (void)message.block().rows<std::string_view>(3); });
    EXPECT_EQ(variable.code, errc::unexpected_null);
    EXPECT_TRUE(variable.says("column 'location' read as std::string_view")) << variable.text;
    const refusal by_position = refusal_of([&] { (void)message.block().rows<std::int64_t, float>(); });
    EXPECT_EQ(by_position.code, errc::unexpected_null);
}

TEST(rows, are_not_refused_for_nulls_in_other_columns_or_blocks) {
    message_spec spec;
    spec.blocks.push_back(block_of(1, {fixed_column("a", data_type::integer, 4, {1}),
                                       fixed_column("b", data_type::integer, 4, {nullopt})}));
    spec.blocks.push_back(block_of(1, {fixed_column("a", data_type::integer, 4, {nullopt}),
                                       fixed_column("b", data_type::integer, 4, {2})}));
    const built_message message(spec);
    EXPECT_EQ(message.block(0).rows<std::int32_t>("a")[0], std::make_tuple(1));
    EXPECT_EQ(message.block(1).rows<std::int32_t>("b")[0], std::make_tuple(2));
    EXPECT_EQ(refusal_of([&] { (void)message.block(1).rows<std::int32_t>("a"); }).code,
              errc::unexpected_null);
}

TEST(rows, name_the_column_that_is_missing_or_of_another_type) {
    const built_message message = meters();
    const refusal missing =
        refusal_of([&] { (void)message.block().rows<std::int32_t, std::int32_t>("voltage", "phase"); });
    EXPECT_EQ(missing.code, errc::no_such_column);
    EXPECT_TRUE(missing.says("column 'phase'")) << missing.text;
    const refusal mismatch =
        refusal_of([&] { (void)message.block().rows<std::int32_t, double>("voltage", "current"); });
    EXPECT_EQ(mismatch.code, errc::column_type_mismatch);
    EXPECT_TRUE(mismatch.says("column 'current' is FLOAT, not double")) << mismatch.text;
    const refusal too_many = refusal_of([&] {
        (void)message.block()
            .rows<std::int64_t, std::optional<float>, std::int32_t, std::optional<std::string_view>,
                  std::int32_t>();
    });
    EXPECT_EQ(too_many.code, errc::no_such_column);
    EXPECT_TRUE(too_many.says("column 4 of 4")) << too_many.text;
}

TEST(rows, of_a_column_without_type_are_null_and_only_that) {
    const built_message message = one_block(2, {null_column("c", 2)});
    const auto rows =
        message.block().rows<std::optional<std::int32_t>, std::optional<std::string_view>>("c", 0);
    for (const auto& [number, text] : all(rows)) {
        EXPECT_EQ(number, nullopt);
        EXPECT_EQ(text, nullopt);
    }
    EXPECT_EQ(refusal_of([&] { (void)message.block().rows<std::string_view>("c"); }).code,
              errc::column_type_mismatch);
}

}  // namespace
}  // namespace tmq
