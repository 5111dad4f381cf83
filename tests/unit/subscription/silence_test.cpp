#include "subscription/silence.hpp"

#include <gtest/gtest.h>

namespace tmq::subscription {
namespace {

using namespace std::chrono_literals;

TEST(silence, is_long_when_polls_have_waited_long_enough_and_nothing_has_moved) {
    silence quiet;
    EXPECT_FALSE(quiet.is_long(0, 15, 16)) << "seen for the first time";
    quiet.waited(1499ms);
    EXPECT_FALSE(quiet.is_long(0, 15, 16));
    quiet.waited(1ms);
    EXPECT_TRUE(quiet.is_long(0, 15, 16));
    EXPECT_TRUE(quiet.is_long(0, 15, 16)) << "and stays so";
}

TEST(silence, counts_only_time_in_which_polls_have_waited) {
    silence quiet;
    EXPECT_FALSE(quiet.is_long(0, 15, 16));
    for (int i = 0; i < 100; ++i)
        EXPECT_FALSE(quiet.is_long(0, 15, 16)) << "an application that only asks learns nothing";
}

TEST(silence, begins_anew_when_the_position_moves) {
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

TEST(silence, begins_anew_when_the_log_grows) {
    silence quiet;
    EXPECT_FALSE(quiet.is_long(0, 15, 16));
    quiet.waited(2s);
    EXPECT_TRUE(quiet.is_long(0, 15, 16));
    EXPECT_FALSE(quiet.is_long(0, 15, 17));
}

TEST(silence, is_broken_by_a_message_of_that_vgroup_alone) {
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

TEST(silence, needs_neither_position_nor_end) {
    silence quiet;
    EXPECT_FALSE(quiet.is_long(0, std::nullopt, std::nullopt));
    quiet.waited(1500ms);
    EXPECT_TRUE(quiet.is_long(0, std::nullopt, std::nullopt));
}

TEST(silence, forgets_what_it_saw_on_another_connection) {
    silence quiet;
    EXPECT_FALSE(quiet.is_long(0, 15, 16));
    quiet.waited(2s);
    quiet.clear();
    EXPECT_FALSE(quiet.is_long(0, 15, 16));
}

}  // namespace
}  // namespace tmq::subscription
