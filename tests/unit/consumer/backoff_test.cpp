#include "consumer/backoff.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <set>
#include <vector>

namespace tmq {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

std::vector<milliseconds> waits_of(backoff& tries) {
    std::vector<milliseconds> waits;
    while (const auto wait = tries.next()) waits.push_back(*wait);
    return waits;
}

config exact() { return config().reconnect_jitter(0); }

TEST(Backoff, TriesAtOnceAndThenWaitsLongerAndLonger) {
    backoff tries(exact().reconnect_retries(4).reconnect_interval(100ms).reconnect_factor(3), 1);
    EXPECT_EQ(tries.attempt(), 0U);
    EXPECT_EQ(tries.next(), 0ms);
    EXPECT_EQ(tries.attempt(), 1U);
    EXPECT_EQ(tries.next(), 100ms);
    EXPECT_EQ(tries.next(), 300ms);
    EXPECT_EQ(tries.next(), 900ms);
    EXPECT_EQ(tries.attempt(), 4U);
    EXPECT_EQ(tries.next(), std::nullopt);
    EXPECT_EQ(tries.next(), std::nullopt) << "and stays so";
    EXPECT_EQ(tries.attempt(), 4U);
}

TEST(Backoff, WaitsAsTheDefaultsSay) {
    backoff tries(exact(), 1);
    EXPECT_EQ(waits_of(tries), (std::vector<milliseconds>{0ms, 2s, 4s}));
}

TEST(Backoff, WaitsNoLongerThanTheLongest) {
    backoff tries(exact().reconnect_retries(6).reconnect_interval(1s).reconnect_max_interval(5s), 1);
    EXPECT_EQ(waits_of(tries), (std::vector<milliseconds>{0ms, 1s, 2s, 4s, 5s, 5s}));
}

TEST(Backoff, WaitsTheFirstIntervalWhenTheLongestIsShorter) {
    backoff tries(exact().reconnect_retries(4).reconnect_interval(10s).reconnect_max_interval(1s), 1);
    EXPECT_EQ(waits_of(tries), (std::vector<milliseconds>{0ms, 10s, 10s, 10s}));
}

TEST(Backoff, DoesNotTryWithoutRetries) {
    backoff tries(exact().reconnect_retries(0), 1);
    EXPECT_EQ(tries.next(), std::nullopt);
    EXPECT_EQ(tries.attempt(), 0U);
}

TEST(Backoff, StartsAnewAfterSuccess) {
    backoff tries(exact(), 1);
    for (int loss = 0; loss < 3; ++loss) {
        EXPECT_EQ(tries.next(), 0ms);
        EXPECT_EQ(tries.next(), 2s);
        tries.succeeded();
        EXPECT_EQ(tries.attempt(), 0U);
    }
    waits_of(tries);
    tries.succeeded();
    EXPECT_EQ(waits_of(tries).size(), 3U);
}

TEST(Backoff, CountsLossesWithoutSuccessBetweenThemTogether) {
    backoff tries(exact(), 1);
    EXPECT_EQ(tries.next(), 0ms);
    EXPECT_EQ(tries.next(), 2s);
    EXPECT_EQ(tries.next(), 4s) << "whatever was made in between was of no use";
    EXPECT_EQ(tries.next(), std::nullopt);
}

TEST(Backoff, ChangesEveryWaitByItsPartAtMost) {
    std::set<milliseconds::rep> seen;
    for (std::uint64_t seed = 0; seed < 1'000; ++seed) {
        backoff tries(config().reconnect_jitter(0.25), seed);
        EXPECT_EQ(tries.next(), 0ms);
        const milliseconds first = tries.next().value_or(0ms);
        EXPECT_GE(first, 1500ms);
        EXPECT_LE(first, 2500ms);
        const milliseconds second = tries.next().value_or(0ms);
        EXPECT_GE(second, 3s);
        EXPECT_LE(second, 5s);
        seen.insert(first.count());
    }
    EXPECT_GT(seen.size(), 300U) << "consumers do not come back at the same moment";
    EXPECT_LT(*seen.begin(), 1'520);
    EXPECT_GT(*seen.rbegin(), 2'480);
}

TEST(Backoff, IsTheSameForTheSameSeed) {
    backoff one(config(), 42);
    backoff other(config(), 42);
    EXPECT_EQ(waits_of(one), waits_of(other));
}

TEST(Backoff, StaysInRangeAtTheEdgesOfItsSettings) {
    for (const double jitter : {0.0, 1.0}) {
        config settings;
        settings.reconnect_retries(2'147'483'647).reconnect_interval(milliseconds::max()).reconnect_max_interval(milliseconds::max());
        settings.reconnect_factor(100).reconnect_jitter(jitter);
        backoff tries(settings, 7);
        for (int i = 0; i < 1'000; ++i) {
            const milliseconds wait = tries.next().value_or(-1ms);
            ASSERT_GE(wait, 0ms);
            ASSERT_LE(wait, 2 * std::chrono::hours(24 * 365));
        }
        EXPECT_EQ(tries.attempt(), 1'000U);
    }
    backoff often(exact().reconnect_retries(2'000).reconnect_interval(1ms).reconnect_factor(100), 1);
    const auto waits = waits_of(often);
    ASSERT_EQ(waits.size(), 2'000U);
    EXPECT_EQ(waits.back(), 30s) << "the power is beyond every number by then";
    backoff steady(exact().reconnect_retries(50).reconnect_interval(7ms).reconnect_factor(1), 1);
    EXPECT_EQ(waits_of(steady).back(), 7ms);
}

}  // namespace
}  // namespace tmq
