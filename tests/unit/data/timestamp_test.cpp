#include "tmq/types.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <ratio>
#include <string>
#include <type_traits>
#include <vector>

namespace tmq {
namespace {

constexpr auto ms = time_precision::milliseconds;
constexpr auto us = time_precision::microseconds;
constexpr auto ns = time_precision::nanoseconds;
constexpr std::int64_t min = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t max = std::numeric_limits<std::int64_t>::max();

std::int64_t as_ns(std::int64_t ticks, time_precision precision) {
    return timestamp(ticks, precision).to<std::chrono::nanoseconds>().time_since_epoch().count();
}
std::int64_t as_ms(std::int64_t ticks, time_precision precision) {
    return timestamp(ticks, precision).to<std::chrono::milliseconds>().time_since_epoch().count();
}
std::string text(std::int64_t ticks, time_precision precision) {
    return to_string(timestamp(ticks, precision));
}

TEST(timestamp, keeps_its_ticks_and_their_unit) {
    const timestamp value(-7, us);
    EXPECT_EQ(value.ticks(), -7);
    EXPECT_EQ(value.precision(), us);
    EXPECT_EQ(timestamp(), timestamp(0, ms));
}

TEST(timestamp, is_printed_with_the_digits_of_its_precision) {
    EXPECT_EQ(text(1'700'000'000'001, ms), "2023-11-14T22:13:20.001Z");
    EXPECT_EQ(text(1'700'000'000'000'001, us), "2023-11-14T22:13:20.000001Z");
    EXPECT_EQ(text(1'700'000'000'000'000'001, ns), "2023-11-14T22:13:20.000000001Z");
    EXPECT_EQ(text(0, ms), "1970-01-01T00:00:00.000Z");
    EXPECT_EQ(text(0, us), "1970-01-01T00:00:00.000000Z");
    EXPECT_EQ(text(0, ns), "1970-01-01T00:00:00.000000000Z");
}

TEST(timestamp, is_printed_before_the_epoch_with_its_fraction_counting_forwards) {
    EXPECT_EQ(text(-1, ms), "1969-12-31T23:59:59.999Z");
    EXPECT_EQ(text(-1, us), "1969-12-31T23:59:59.999999Z");
    EXPECT_EQ(text(-1, ns), "1969-12-31T23:59:59.999999999Z");
    EXPECT_EQ(text(-1'000, ms), "1969-12-31T23:59:59.000Z");
    EXPECT_EQ(text(-86'400'000, ms), "1969-12-31T00:00:00.000Z");
    EXPECT_EQ(text(-86'400'001, ms), "1969-12-30T23:59:59.999Z");
}

TEST(timestamp, is_printed_to_both_ends_of_every_precision) {
    EXPECT_EQ(text(max, ns), "2262-04-11T23:47:16.854775807Z");
    EXPECT_EQ(text(min, ns), "1677-09-21T00:12:43.145224192Z");
    EXPECT_EQ(text(max, us), "+294247-01-10T04:00:54.775807Z");
    EXPECT_EQ(text(min, us), "-290308-12-21T19:59:05.224192Z");
    EXPECT_EQ(text(max, ms), "+292278994-08-17T07:12:55.807Z");
    EXPECT_EQ(text(min, ms), "-292275055-05-16T16:47:04.192Z");
}

TEST(timestamp, has_a_sign_only_in_years_that_four_digits_cannot_hold) {
    constexpr std::int64_t year_0 = -62'167'219'200'000;
    constexpr std::int64_t year_10000 = 253'402'300'800'000;
    EXPECT_EQ(text(year_0, ms), "0000-01-01T00:00:00.000Z");
    EXPECT_EQ(text(year_0 - 1, ms), "-1-12-31T23:59:59.999Z");
    EXPECT_EQ(text(-74'784'816'000'000, ms), "-400-03-01T00:00:00.000Z");
    EXPECT_EQ(text(-74'784'816'000'001, ms), "-400-02-29T23:59:59.999Z");
    EXPECT_EQ(text(year_10000 - 1, ms), "9999-12-31T23:59:59.999Z");
    EXPECT_EQ(text(year_10000, ms), "+10000-01-01T00:00:00.000Z");
}

TEST(timestamp, agrees_with_the_calendar_of_the_standard_library_on_every_day) {
    using namespace std::chrono;
    for (sys_days day = year(1582) / October / 15; day < sys_days(year(2401) / January / 1); day += days(1)) {
        const year_month_day date(day);
        char expected[32];
        std::snprintf(expected, sizeof expected, "%04d-%02u-%02uT23:59:59.999Z",
                      static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                      static_cast<unsigned>(date.day()));
        const std::int64_t ticks = milliseconds(day.time_since_epoch()).count() + 86'399'999;
        ASSERT_EQ(text(ticks, ms), expected);
    }
}

TEST(timestamp, compares_by_instant_across_precisions) {
    EXPECT_EQ(timestamp(1, ms), timestamp(1'000, us));
    EXPECT_EQ(timestamp(1, ms), timestamp(1'000'000, ns));
    EXPECT_EQ(timestamp(-1, ms), timestamp(-1'000'000, ns));
    EXPECT_EQ(timestamp(1, ms) <=> timestamp(1'000, us), std::strong_ordering::equal);
    EXPECT_LT(timestamp(1, ms), timestamp(1'001, us));
    EXPECT_LT(timestamp(-1, ms), timestamp(-999'999, ns));
    EXPECT_GT(timestamp(-1, ms), timestamp(-1'000'001, ns));
    EXPECT_LT(timestamp(-1, us), timestamp(0, ms));
    EXPECT_NE(timestamp(5, ms), timestamp(5, us));
}

TEST(timestamp, compares_instants_that_the_other_precision_cannot_hold) {
    const std::vector<timestamp> ordered = {timestamp(min, ms), timestamp(min, us), timestamp(min, ns),
                                            timestamp(0, ms),   timestamp(max, ns), timestamp(max, us),
                                            timestamp(max, ms)};
    for (std::size_t a = 0; a < ordered.size(); ++a)
        for (std::size_t b = 0; b < ordered.size(); ++b)
            EXPECT_EQ(ordered[a] <=> ordered[b], a <=> b) << a << " and " << b;

    // Just outside of what nanoseconds hold, and a number that wraps round to almost nothing when it is
    // multiplied up to nanoseconds.
    EXPECT_GT(timestamp(9'223'372'036'855, ms), timestamp(max, ns));
    EXPECT_LT(timestamp(-9'223'372'036'855, ms), timestamp(min, ns));
    EXPECT_GT(timestamp(18'446'744'073'710, ms), timestamp(max, ns));
}

TEST(timestamp, gives_nanoseconds_exactly_as_far_as_they_reach) {
    EXPECT_EQ(as_ns(1, ms), 1'000'000);
    EXPECT_EQ(as_ns(-1, us), -1'000);
    EXPECT_EQ(as_ns(max, ns), max);
    EXPECT_EQ(as_ns(min, ns), min);
    EXPECT_EQ(as_ns(9'223'372'036'854, ms), 9'223'372'036'854'000'000);
    EXPECT_EQ(as_ns(-9'223'372'036'854, ms), -9'223'372'036'854'000'000);
    EXPECT_EQ(as_ns(9'223'372'036'854'775, us), 9'223'372'036'854'775'000);
    EXPECT_EQ(as_ns(-9'223'372'036'854'775, us), -9'223'372'036'854'775'000);
}

TEST(timestamp, saturates_where_nanoseconds_end) {
    EXPECT_EQ(as_ns(9'223'372'036'855, ms), max);
    EXPECT_EQ(as_ns(-9'223'372'036'855, ms), min);
    EXPECT_EQ(as_ns(9'223'372'036'854'776, us), max);
    EXPECT_EQ(as_ns(-9'223'372'036'854'776, us), min);
    EXPECT_EQ(as_ns(max, ms), max);
    EXPECT_EQ(as_ns(min, ms), min);
    EXPECT_EQ(as_ns(max, us), max);
    EXPECT_EQ(as_ns(min, us), min);
}

TEST(timestamp, gives_milliseconds_rounded_towards_the_past) {
    EXPECT_EQ(as_ms(999, us), 0);
    EXPECT_EQ(as_ms(999'999, ns), 0);
    EXPECT_EQ(as_ms(1'000, us), 1);
    EXPECT_EQ(as_ms(-1, us), -1);
    EXPECT_EQ(as_ms(-1'000, us), -1);
    EXPECT_EQ(as_ms(-1'001, us), -2);
    EXPECT_EQ(as_ms(-1, ns), -1);
    EXPECT_EQ(as_ms(-1, ms), -1);
}

TEST(timestamp, gives_milliseconds_at_both_ends_of_every_precision) {
    EXPECT_EQ(as_ms(max, ms), max);
    EXPECT_EQ(as_ms(min, ms), min);
    EXPECT_EQ(as_ms(max, us), 9'223'372'036'854'775);
    EXPECT_EQ(as_ms(min, us), -9'223'372'036'854'776);
    EXPECT_EQ(as_ms(max, ns), 9'223'372'036'854);
    EXPECT_EQ(as_ms(min, ns), -9'223'372'036'855);
}

template <class Duration>
std::chrono::sys_time<Duration> at(typename Duration::rep count) {
    return std::chrono::sys_time<Duration>(Duration(count));
}
void expect_made(const timestamp& made, std::int64_t ticks, time_precision precision) {
    EXPECT_EQ(made.ticks(), ticks);
    EXPECT_EQ(made.precision(), precision);
}

using tenth_of_a_microsecond = std::chrono::duration<std::int64_t, std::ratio<1, 10'000'000>>;
using picoseconds = std::chrono::duration<std::int64_t, std::pico>;
using third_of_a_second = std::chrono::duration<std::int64_t, std::ratio<1, 3>>;
using many_weeks = std::chrono::duration<std::uint64_t, std::chrono::weeks::period>;

TEST(timestamp, of_a_time_has_the_precision_of_its_unit) {
    using namespace std::chrono;
    expect_made(timestamp(at<milliseconds>(-7)), -7, ms);
    expect_made(timestamp(at<microseconds>(max)), max, us);
    expect_made(timestamp(at<nanoseconds>(min)), min, ns);
    expect_made(timestamp(at<seconds>(-7)), -7'000, ms);
    expect_made(timestamp(sys_days(year(2023) / 11 / 14)), 1'699'920'000'000, ms);
    expect_made(timestamp(at<tenth_of_a_microsecond>(-1)), -100, ns);
    static_assert(timestamp(sys_time<seconds>(seconds(1))).ticks() == 1'000);
}

TEST(timestamp, of_a_time_is_rounded_towards_the_past_and_saturates) {
    expect_made(timestamp(at<picoseconds>(1'999)), 1, ns);
    expect_made(timestamp(at<picoseconds>(-1)), -1, ns);
    expect_made(timestamp(at<third_of_a_second>(2)), 666, ms);
    expect_made(timestamp(at<third_of_a_second>(-2)), -667, ms);
    expect_made(timestamp(at<std::chrono::seconds>(max)), max, ms);
    expect_made(timestamp(at<std::chrono::seconds>(min)), min, ms);
    expect_made(timestamp(at<third_of_a_second>(max)), max, ms);
    expect_made(timestamp(at<third_of_a_second>(min)), min, ms);
    expect_made(timestamp(at<many_weeks>(std::numeric_limits<std::uint64_t>::max())), max, ms);
}

TEST(timestamp, becomes_a_time_of_any_unit_rounded_towards_the_past) {
    using namespace std::chrono;
    EXPECT_EQ(timestamp(-1, ms).to<seconds>(), at<seconds>(-1));
    EXPECT_EQ(timestamp(1'999, ms).to<seconds>(), at<seconds>(1));
    EXPECT_EQ(timestamp(1'999, us).to<milliseconds>(), at<milliseconds>(1));
    EXPECT_EQ(timestamp(-1, ns).to<days>(), at<days>(-1));
    EXPECT_EQ(timestamp(5, us).to<tenth_of_a_microsecond>(), at<tenth_of_a_microsecond>(50));
    EXPECT_EQ(timestamp(667, ms).to<third_of_a_second>(), at<third_of_a_second>(2));
    EXPECT_EQ(timestamp(-1, ms).to<third_of_a_second>(), at<third_of_a_second>(-1));
    EXPECT_EQ(static_cast<sys_time<microseconds>>(timestamp(3, ms)), at<microseconds>(3'000));
    EXPECT_EQ(sys_time<nanoseconds>(timestamp(3, ms)), at<nanoseconds>(3'000'000));
    static_assert(timestamp(1, time_precision::milliseconds).to<microseconds>() ==
                  sys_time<microseconds>(microseconds(1'000)));
    static_assert(!std::is_convertible_v<timestamp, sys_time<microseconds>> &&
                  !std::is_convertible_v<sys_time<microseconds>, timestamp>);
}

TEST(timestamp, becomes_the_nearest_time_that_a_unit_holds) {
    using small_days = std::chrono::duration<std::int16_t, std::chrono::days::period>;
    using unsigned_seconds = std::chrono::duration<std::uint32_t>;
    EXPECT_EQ(timestamp(max, ms).to<small_days>().time_since_epoch().count(), 32'767);
    EXPECT_EQ(timestamp(min, ms).to<small_days>().time_since_epoch().count(), -32'768);
    EXPECT_EQ(timestamp(-1, ms).to<unsigned_seconds>().time_since_epoch().count(), 0U);
    EXPECT_EQ(timestamp(max, us).to<unsigned_seconds>().time_since_epoch().count(), 4'294'967'295U);
    EXPECT_EQ(timestamp(max, us).to<picoseconds>().time_since_epoch().count(), max);
}

TEST(timestamp, survives_the_way_to_a_time_and_back) {
    for (const std::int64_t ticks : {min, std::int64_t{-1}, std::int64_t{0}, std::int64_t{1}, max}) {
        EXPECT_EQ(timestamp(timestamp(ticks, ms).to<std::chrono::milliseconds>()), timestamp(ticks, ms));
        EXPECT_EQ(timestamp(timestamp(ticks, us).to<std::chrono::microseconds>()), timestamp(ticks, us));
        EXPECT_EQ(timestamp(timestamp(ticks, ns).to<std::chrono::nanoseconds>()), timestamp(ticks, ns));
    }
}

}  // namespace
}  // namespace tmq
