#include "subscription/silence.hpp"

#include <gtest/gtest.h>

namespace tmq::subscription {
namespace {

using namespace std::chrono_literals;

TEST(Silence, IsLongWhenPollsHaveWaitedLongEnoughAndNothingHasMoved) {
    silence quiet;
    EXPECT_FALSE(quiet.is_long(0, 15, 16)) << "seen for the first time";
    quiet.waited(1499ms);
    EXPECT_FALSE(quiet.is_long(0, 15, 16));
    quiet.waited(1ms);
    EXPECT_TRUE(quiet.is_long(0, 15, 16));
    EXPECT_TRUE(quiet.is_long(0, 15, 16)) << "and stays so";
}

TEST(Silence, CountsOnlyTimeInWhichPollsHaveWaited) {
    silence quiet;
    EXPECT_FALSE(quiet.is_long(0, 15, 16));
    for (int i = 0; i < 100; ++i)
        EXPECT_FALSE(quiet.is_long(0, 15, 16)) << "an application that only asks learns nothing";
}

TEST(Silence, BeginsAnewWhenThePositionMoves) {
    silence quiet;
    quiet.waited(10s);
    EXPECT_FALSE(quiet.is_long(0, 15, 20));
    quiet.waited(1499ms);
    EXPECT_FALSE(quiet.is_long(0, 17, 20)) << "the server still scans";
    quiet.waited(1499ms);
    EXPECT_FALSE(quiet.is_long(0, 17, 20));
    quiet.waited(1ms);
    EXPECT_TRUE(quiet.is_long(0, 17, 20));
}

TEST(Silence, BeginsAnewWhenTheLogGrows) {
    silence quiet;
    EXPECT_FALSE(quiet.is_long(0, 15, 16));
    quiet.waited(2s);
    EXPECT_TRUE(quiet.is_long(0, 15, 16));
    EXPECT_FALSE(quiet.is_long(0, 15, 17));
}

TEST(Silence, IsBrokenByAMessageOfThatVgroupAlone) {
    silence quiet;
    EXPECT_FALSE(quiet.is_long(0, 15, 16));
    EXPECT_FALSE(quiet.is_long(1, 5, 6));
    quiet.waited(2s);
    quiet.broken(0);
    EXPECT_FALSE(quiet.is_long(0, 15, 16));
    EXPECT_TRUE(quiet.is_long(1, 5, 6));
    quiet.broken(7);
    EXPECT_TRUE(quiet.is_long(1, 5, 6)) << "a vgroup that was never looked at";
}

TEST(Silence, NeedsNeitherPositionNorEnd) {
    silence quiet;
    EXPECT_FALSE(quiet.is_long(0, std::nullopt, std::nullopt));
    quiet.waited(1500ms);
    EXPECT_TRUE(quiet.is_long(0, std::nullopt, std::nullopt));
}

TEST(Silence, ForgetsWhatItSawOnAnotherConnection) {
    silence quiet;
    EXPECT_FALSE(quiet.is_long(0, 15, 16));
    quiet.waited(2s);
    quiet.clear();
    EXPECT_FALSE(quiet.is_long(0, 15, 16));
}

}  // namespace
}  // namespace tmq::subscription
