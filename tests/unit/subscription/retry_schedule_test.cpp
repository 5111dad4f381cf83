#include "subscription/retry_schedule.hpp"

#include <gtest/gtest.h>

namespace tmq::subscription {
namespace {

using namespace std::chrono_literals;

constexpr retry_schedule::time_point start{1000s};

TEST(retry_schedule, waits_longer_and_longer) {
    retry_schedule tries;
    auto now = start;
    for (const auto wait : {20ms, 40ms, 80ms, 160ms, 320ms, 500ms, 500ms}) {
        EXPECT_EQ(tries.next(now, 30s), wait);
        now += wait;
    }
    EXPECT_EQ(tries.count(), 7);
}

TEST(retry_schedule, ends_when_its_time_is_up) {
    retry_schedule tries;
    EXPECT_EQ(tries.next(start, 100ms), 20ms) << "the time begins with the first refusal";
    EXPECT_EQ(tries.next(start + 70ms, 100ms), 30ms) << "the last try is made when the time is up";
    EXPECT_EQ(tries.next(start + 100ms, 100ms), std::nullopt);
    EXPECT_EQ(tries.next(start + 10s, 100ms), std::nullopt);
}

TEST(retry_schedule, tries_not_at_all_without_time) {
    retry_schedule tries;
    EXPECT_EQ(tries.next(start, 0ms), std::nullopt);
}

}  // namespace
}  // namespace tmq::subscription
