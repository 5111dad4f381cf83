#include "tmq/format.hpp"

#include "built_message.hpp"

#include <gtest/gtest.h>

namespace tmq {
namespace {

using namespace test;

TEST(format, of_a_timestamp_is_rfc3339) {
    EXPECT_EQ(fmt::format("{}", timestamp(1'700'000'000'001, time_precision::milliseconds)),
              "2023-11-14T22:13:20.001Z");
    EXPECT_EQ(fmt::format("{:>26}|", timestamp(0, time_precision::milliseconds)),
              "  1970-01-01T00:00:00.000Z|");
}

TEST(format, of_a_decimal_has_all_digits_of_its_scale) {
    EXPECT_EQ(fmt::format("{:>8}|{}", *decimal::from_string("-1.50"), decimal()), "   -1.50|0");
}

TEST(format, of_a_value_is_its_plain_text) {
    EXPECT_EQ(fmt::format("{} {} {:<6}|", value_view(), value_view(std::int64_t{-1}),
                          value_view(std::string_view("text"))),
              "NULL -1 text  |");
}

TEST(format, of_a_row_is_its_json) {
    const built_message message =
        one_block(1, {fixed_column("a", data_type::integer, 4, {1}), null_column("b", 1)});
    const row_view first = message.block().dynamic_rows()[0];
    EXPECT_EQ(fmt::format("{}", first), R"({"a":1,"b":null})");
    EXPECT_EQ(fmt::format("{}", first["A"]), "1");
}

TEST(format, of_partitions_is_their_text) {
    const topic_partition partition("meters", 3);
    EXPECT_EQ(fmt::format("{:>10}|", partition), " meters[3]|");
    EXPECT_EQ(fmt::format("{:<13}|", partition_offset(partition, 17)), "meters[3]@17 |");
    EXPECT_EQ(fmt::format("{}", assigned_vgroup(partition, 17, 0, 40)),
              "meters[3] started at 17, log 0 to 40");
    EXPECT_EQ(fmt::format("{}", vgroup_lag(partition, 17)), "meters[3] 17 entries left");
}

}  // namespace
}  // namespace tmq
