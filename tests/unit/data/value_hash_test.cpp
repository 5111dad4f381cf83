#include "built_message.hpp"
#include "tmq/endpoint.hpp"
#include "tmq/row.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <set>
#include <string>
#include <unordered_set>
#include <vector>

namespace tmq {
namespace {

using namespace test;

/// Every pair of equal values must have equal hashes; values that differ should have hashes that do.
template <class T>
void expect_hashes_agree(const std::vector<T>& values) {
    for (const T& a : values) {
        for (const T& b : values) {
            EXPECT_EQ(std::hash<T>()(a) == std::hash<T>()(b), a == b) << a << " and " << b;
        }
    }
}

decimal number(std::string_view text) { return decimal::from_string(text).value(); }

TEST(value_hash, of_a_timestamp_is_that_of_its_instant) {
    constexpr auto ms = time_precision::milliseconds;
    constexpr auto us = time_precision::microseconds;
    constexpr auto ns = time_precision::nanoseconds;
    constexpr std::int64_t max = std::numeric_limits<std::int64_t>::max();
    expect_hashes_agree<timestamp>({{0, ms},
                                    {0, ns},
                                    {1, ms},
                                    {1'000, us},
                                    {1'000'000, ns},
                                    {1, us},
                                    {-1, ms},
                                    {-1'000, us},
                                    {-1, ns},
                                    {max, ms},
                                    {max, us},
                                    {max, ns}});
}

TEST(value_hash, of_a_decimal_is_that_of_its_number) {
    expect_hashes_agree<decimal>(
        {number("1.0"), number("1.00"), number("1"), number("10"), number("-1"), number("-1.000"),
         number("0"), number("0.00"), number("0.1"), number("0.10"), number(std::string(38, '9')),
         number("0." + std::string(38, '9')), decimal(std::numeric_limits<std::int64_t>::min(), 0, 38, 0)});
}

TEST(value_hash, of_an_endpoint_is_of_host_and_port) {
    expect_hashes_agree<endpoint>({endpoint("a"), endpoint("a", 6041), endpoint("a", 1), endpoint("b")});
    EXPECT_LT(endpoint("a", 2), endpoint("b", 1));
    EXPECT_LT(endpoint("a", 1), endpoint("a", 2));
}

TEST(value_hash, of_a_value_is_that_of_its_view) {
    const std::vector<value> values = {value(),
                                       true,
                                       1,
                                       std::uint64_t{1},
                                       1.0,
                                       1.0F,
                                       0.0,
                                       -0.0,
                                       "1",
                                       json("1"),
                                       number("1"),
                                       number("1.0"),
                                       timestamp(1, time_precision::milliseconds),
                                       timestamp(1'000, time_precision::microseconds),
                                       std::vector<std::byte>{std::byte{'1'}}};
    expect_hashes_agree(values);
    for (const value& one : values)
        EXPECT_EQ(std::hash<value>()(one), std::hash<value_view>()(one));
    EXPECT_EQ(std::hash<json>()(json("{}")), std::hash<json_view>()(json_view("{}")));
}

TEST(value_hash, of_a_row_is_that_of_its_view) {
    const built_message message = one_block(2, {fixed_column("a", data_type::integer, 4, {1, 2})});
    const dynamic_row_range rows = message.block().dynamic_rows();
    expect_hashes_agree<row_view>({rows[0], rows[1]});
    expect_hashes_agree<row>({row(rows[0]), row(rows[1]), row({{"b", 1}}), row()});
    EXPECT_EQ(std::hash<row>()(row(rows[0])), std::hash<row_view>()(rows[0]));
}

TEST(value_hash, lets_values_be_keys) {
    std::unordered_set<row> distinct;
    std::set<value> ordered;
    for (const int number : {2, 1, 2}) {
        distinct.insert(row({{"a", number}}));
        ordered.insert(number);
    }
    EXPECT_EQ(distinct.size(), 2U);
    EXPECT_EQ(*ordered.begin(), value(1));
    EXPECT_EQ(ordered.size(), 2U);
}

}  // namespace
}  // namespace tmq
