#include "tmq/any_duration.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>

namespace tmq {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

constexpr milliseconds year = std::chrono::hours(24 * 365);

milliseconds rounded(any_duration time) { return time; }

TEST(any_duration, is_rounded_up_to_milliseconds) {
    EXPECT_EQ(rounded(1s), 1'000ms);
    EXPECT_EQ(rounded(0ms), 0ms);
    EXPECT_EQ(rounded(1ns), 1ms);
    EXPECT_EQ(rounded(1'000us), 1ms);
    EXPECT_EQ(rounded(1'001us), 2ms);
    EXPECT_EQ(rounded(-1us), 0ms);
    EXPECT_EQ(rounded(-1'500us), -1ms);
    EXPECT_EQ(rounded(std::chrono::duration<double>(0.0105)), 11ms);
}

TEST(any_duration, above_a_year_is_a_year) {
    EXPECT_EQ(rounded(year), year);
    EXPECT_EQ(rounded(year + 1ms), year);
    EXPECT_EQ(rounded(std::chrono::hours::max()), year);
    EXPECT_EQ(rounded(std::chrono::nanoseconds::max()), year);
    EXPECT_EQ(rounded(milliseconds::max()), year);
    EXPECT_EQ(rounded(std::chrono::hours::min()), -year);
    EXPECT_EQ(rounded(std::chrono::duration<double>(std::numeric_limits<double>::infinity())), year);
    EXPECT_EQ(rounded(std::chrono::duration<float>(std::numeric_limits<float>::quiet_NaN())), 0ms);
    EXPECT_EQ(rounded(std::chrono::duration<std::uint8_t>(7)), 7s);
}

TEST(any_duration, is_a_constant_expression) {
    constexpr any_duration time = 1500us;
    static_assert(static_cast<milliseconds>(time) == 2ms);
}

}  // namespace
}  // namespace tmq
