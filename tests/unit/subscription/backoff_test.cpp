#include "subscription/backoff.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <set>
#include <vector>

namespace tmq::subscription {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

constexpr backoff::time_point start{};

std::vector<milliseconds> waits_of(backoff& tries) {
    std::vector<milliseconds> waits;
    while (const auto wait = tries.next(start))
        waits.push_back(*wait);
    return waits;
}

config exact() { return config().reconnect_jitter(0).reconnect_retries(3); }

TEST(backoff, tries_at_once_and_then_waits_longer_and_longer) {
    backoff tries(exact().reconnect_retries(4).reconnect_interval(100ms).reconnect_factor(3), 1);
    EXPECT_EQ(tries.attempt(), 0U);
    EXPECT_EQ(tries.next(start), 0ms);
    EXPECT_EQ(tries.attempt(), 1U);
    EXPECT_EQ(tries.next(start), 100ms);
    EXPECT_EQ(tries.next(start), 300ms);
    EXPECT_EQ(tries.next(start), 900ms);
    EXPECT_EQ(tries.attempt(), 4U);
    EXPECT_EQ(tries.next(start), std::nullopt);
    EXPECT_EQ(tries.next(start), std::nullopt) << "and stays so";
    EXPECT_EQ(tries.attempt(), 4U);
}

TEST(backoff, goes_on_for_ever_by_default_every_half_minute_in_the_end) {
    backoff tries(config().reconnect_jitter(0), 1);
    std::vector<milliseconds> waits;
    for (int i = 0; i < 7; ++i)
        waits.push_back(tries.next(start).value_or(-1ms));
    EXPECT_EQ(waits, (std::vector<milliseconds>{0ms, 2s, 4s, 8s, 16s, 30s, 30s}));
    for (int i = 0; i < 100'000; ++i)
        ASSERT_EQ(tries.next(start), 30s);
}

TEST(backoff, stops_when_the_time_for_all_attempts_is_up) {
    backoff tries(config().reconnect_jitter(0).reconnect_for(5s), 1);
    EXPECT_EQ(tries.next(start + 1h), 0ms) << "counts from the first attempt";
    EXPECT_EQ(tries.next(start + 1h), 2s);
    EXPECT_EQ(tries.next(start + 1h + 2500ms), 2500ms) << "the last attempt starts when the time is up";
    EXPECT_EQ(tries.next(start + 1h + 5s), std::nullopt);
    tries.succeeded();
    EXPECT_EQ(tries.next(start + 2h), 0ms) << "the next loss has its own time";
    EXPECT_EQ(tries.next(start + 2h + 4999ms), 1ms);
    EXPECT_EQ(tries.next(start + 2h + 6s), std::nullopt);
}

TEST(backoff, stops_at_whichever_limit_comes_first) {
    backoff tries(exact().reconnect_retries(2).reconnect_for(1h), 1);
    EXPECT_EQ(waits_of(tries).size(), 2U);
}

TEST(backoff, waits_no_longer_than_the_longest) {
    backoff tries(exact().reconnect_retries(6).reconnect_interval(1s).reconnect_max_interval(5s), 1);
    EXPECT_EQ(waits_of(tries), (std::vector<milliseconds>{0ms, 1s, 2s, 4s, 5s, 5s}));
}

TEST(backoff, waits_the_first_interval_when_the_longest_is_shorter) {
    backoff tries(exact().reconnect_retries(4).reconnect_interval(10s).reconnect_max_interval(1s), 1);
    EXPECT_EQ(waits_of(tries), (std::vector<milliseconds>{0ms, 10s, 10s, 10s}));
}

TEST(backoff, does_not_try_without_retries) {
    backoff tries(exact().reconnect_retries(0), 1);
    EXPECT_EQ(tries.next(start), std::nullopt);
    EXPECT_EQ(tries.attempt(), 0U);
}

TEST(backoff, starts_anew_after_success) {
    backoff tries(exact(), 1);
    for (int loss = 0; loss < 3; ++loss) {
        EXPECT_EQ(tries.next(start), 0ms);
        EXPECT_EQ(tries.next(start), 2s);
        tries.succeeded();
        EXPECT_EQ(tries.attempt(), 0U);
    }
    waits_of(tries);
    tries.succeeded();
    EXPECT_EQ(waits_of(tries).size(), 3U);
}

TEST(backoff, counts_losses_without_success_between_them_together) {
    backoff tries(exact(), 1);
    EXPECT_EQ(tries.next(start), 0ms);
    EXPECT_EQ(tries.next(start), 2s);
    EXPECT_EQ(tries.next(start), 4s) << "whatever was made in between was of no use";
    EXPECT_EQ(tries.next(start), std::nullopt);
}

TEST(backoff, changes_every_wait_by_its_part_at_most) {
    std::set<milliseconds::rep> seen;
    for (std::uint64_t seed = 0; seed < 1'000; ++seed) {
        backoff tries(config().reconnect_jitter(0.25), seed);
        EXPECT_EQ(tries.next(start), 0ms);
        const milliseconds first = tries.next(start).value_or(0ms);
        EXPECT_GE(first, 1500ms);
        EXPECT_LE(first, 2500ms);
        const milliseconds second = tries.next(start).value_or(0ms);
        EXPECT_GE(second, 3s);
        EXPECT_LE(second, 5s);
        seen.insert(first.count());
    }
    EXPECT_GT(seen.size(), 300U) << "consumers do not come back at the same moment";
    EXPECT_LT(*seen.begin(), 1'520);
    EXPECT_GT(*seen.rbegin(), 2'480);
}

TEST(backoff, is_the_same_for_the_same_seed) {
    backoff one(config().reconnect_retries(20), 42);
    backoff other(config().reconnect_retries(20), 42);
    EXPECT_EQ(waits_of(one), waits_of(other));
}

TEST(backoff, stays_in_range_at_the_edges_of_its_settings) {
    for (const double jitter : {0.0, 1.0}) {
        config settings;
        settings.reconnect_retries(2'147'483'647)
            .reconnect_interval(milliseconds::max())
            .reconnect_max_interval(milliseconds::max());
        settings.reconnect_factor(100).reconnect_jitter(jitter);
        backoff tries(settings, 7);
        for (int i = 0; i < 1'000; ++i) {
            const milliseconds wait = tries.next(start).value_or(-1ms);
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
}  // namespace tmq::subscription
