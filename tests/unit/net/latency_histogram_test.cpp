#include "net/latency_histogram.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <vector>

namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;
using tmq::net::latency_histogram;

TEST(latency_histogram, is_all_zero_before_the_first) {
    const tmq::latency_summary nothing = latency_histogram().summary();
    EXPECT_EQ(nothing.count, 0U);
    EXPECT_EQ(nothing.max, 0ns);
    EXPECT_EQ(nothing.p99, 0ns);
}

TEST(latency_histogram, one_time_is_every_quantile) {
    latency_histogram times;
    times.add(123456ns);
    const tmq::latency_summary one = times.summary();
    for (const nanoseconds time : {one.min, one.mean, one.p50, one.p99, one.max})
        EXPECT_EQ(time, 123456ns);
}

TEST(latency_histogram, quantiles_are_exact_to_an_eighth) {
    latency_histogram times;
    std::vector<std::int64_t> all;
    std::int64_t value = 1;
    for (int i = 0; i < 1000; ++i) {
        value = (value * 48271) % 2147483647;
        all.push_back(value % (i % 2 == 0 ? 1'000 : 900'000'000));
        times.add(nanoseconds(all.back()));
    }
    std::sort(all.begin(), all.end());
    const tmq::latency_summary got = times.summary();
    EXPECT_EQ(got.count, 1000U);
    EXPECT_EQ(got.min.count(), all.front());
    EXPECT_EQ(got.max.count(), all.back());
    for (const auto& [quantile, exact] : {std::pair(got.p50, all[499]), std::pair(got.p99, all[989])}) {
        EXPECT_GE(quantile.count(), exact);
        EXPECT_LE(quantile.count(), exact + exact / 8 + 1);
    }
}

TEST(latency_histogram, takes_the_smallest_and_the_largest_time) {
    latency_histogram times;
    times.add(-5ns);
    times.add(0ns);
    times.add(nanoseconds::max());
    const tmq::latency_summary got = times.summary();
    EXPECT_EQ(got.min, 0ns);
    EXPECT_EQ(got.p50, 0ns);
    EXPECT_EQ(got.p99, nanoseconds::max());
    EXPECT_EQ(got.max, nanoseconds::max());
}

}  // namespace
