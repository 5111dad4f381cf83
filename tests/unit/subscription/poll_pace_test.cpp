#include "subscription/poll_pace.hpp"

#include <gtest/gtest.h>

namespace tmq::subscription {
namespace {

using namespace std::chrono_literals;

class poll_pace_test : public ::testing::Test {
  protected:
    /// A poll that is answered with a message of so many rows after that time.
    void find(std::chrono::microseconds after, std::uint64_t rows = 1) {
        pace_.sent(now_, 500ms);
        now_ += after;
        EXPECT_EQ(pace_.found(now_, round_trip_), after);
        pace_.read(rows);
    }
    void find_nothing(std::chrono::milliseconds slice, std::chrono::milliseconds after) {
        pace_.sent(now_, slice);
        now_ += after;
        EXPECT_EQ(pace_.empty(now_), after);
    }
    /// How long the server is left alone.
    std::chrono::nanoseconds pause() const {
        const auto until = pace_.pause_end();
        return until ? *until - now_ : 0ns;
    }

    poll_pace::time_point::duration round_trip_ = 1ms;
    poll_pace pace_;
    poll_pace::time_point now_{1000s};
};

TEST_F(poll_pace_test, knows_a_backlog_from_the_logs) {
    EXPECT_FALSE(pace_.has_backlog());
    pace_.reset(true);
    EXPECT_TRUE(pace_.has_backlog());
    find(300ms);
    EXPECT_TRUE(pace_.has_backlog()) << "a slow server has one as well";
    find_nothing(10ms, 10ms);
    EXPECT_FALSE(pace_.has_backlog());
    pace_.found_backlog();
    EXPECT_TRUE(pace_.has_backlog());
    pace_.reset(false);
    EXPECT_FALSE(pace_.has_backlog());
}

TEST_F(poll_pace_test, knows_a_backlog_from_a_message_that_the_server_cut) {
    find(2ms, 4095);
    EXPECT_FALSE(pace_.has_backlog());
    find(100ms, 4096);
    EXPECT_TRUE(pace_.has_backlog());
    find_nothing(10ms, 10ms);
    EXPECT_FALSE(pace_.has_backlog());
}

TEST_F(poll_pace_test, knows_a_backlog_from_two_polls_that_were_answered_at_once) {
    round_trip_ = 20ms;
    find(20ms);
    EXPECT_FALSE(pace_.has_backlog());
    find(25ms);
    EXPECT_TRUE(pace_.has_backlog()) << "at once is what it takes on this link";
    find(26ms);
    EXPECT_FALSE(pace_.has_backlog()) << "6 ms more than the way there and back: it had to wait";
}

TEST_F(poll_pace_test, takes_rows_that_trickle_for_no_backlog) {
    for (int i = 0; i < 100; ++i) {
        find(9ms);
        find(i % 10 == 0 ? 1ms : 12ms);
        EXPECT_FALSE(pace_.has_backlog()) << i;
    }
}

TEST_F(poll_pace_test, ends_a_backlog_with_a_poll_that_finds_nothing) {
    for (int i = 0; i < 3; ++i)
        find(1ms);
    EXPECT_TRUE(pace_.has_backlog());
    find_nothing(10ms, 10ms);
    EXPECT_FALSE(pace_.has_backlog());
    find(1ms);
    EXPECT_FALSE(pace_.has_backlog());
    find(1ms);
    EXPECT_TRUE(pace_.has_backlog());
}

TEST_F(poll_pace_test, leaves_a_server_alone_that_does_not_wait_longer_and_longer) {
    for (const auto expected : {10ms, 20ms, 40ms, 80ms, 160ms, 320ms, 500ms, 500ms}) {
        find_nothing(500ms, 0ms);
        EXPECT_EQ(pause(), expected);
        pace_.resume();
        EXPECT_EQ(pause(), 0ms);
    }
    find_nothing(500ms, 500ms);
    EXPECT_EQ(pause(), 0ms) << "it waits";
    find_nothing(500ms, 0ms);
    EXPECT_EQ(pause(), 10ms);
    find(1ms);
    find_nothing(500ms, 0ms);
    EXPECT_EQ(pause(), 10ms) << "a message starts anew";
}

TEST_F(poll_pace_test, leaves_alone_nobody_who_was_not_asked_to_wait) {
    for (int i = 0; i < 10; ++i)
        find_nothing(0ms, 0ms);
    EXPECT_EQ(pause(), 0ms);
    find_nothing(10ms, 1ms);
    EXPECT_EQ(pause(), 0ms) << "a poll that reads ahead";
    find_nothing(200ms, 101ms);
    EXPECT_EQ(pause(), 0ms) << "a server may be a little early";
}

TEST_F(poll_pace_test, starts_anew_with_a_connection) {
    for (int i = 0; i < 3; ++i)
        find(1ms);
    EXPECT_TRUE(pace_.has_backlog());
    find_nothing(500ms, 0ms);
    find_nothing(500ms, 0ms);
    pace_.reset(false);
    EXPECT_EQ(pause(), 0ms);
    find(1ms);
    EXPECT_FALSE(pace_.has_backlog());
    find(1ms);
    EXPECT_TRUE(pace_.has_backlog());
    find_nothing(500ms, 0ms);
    EXPECT_EQ(pause(), 10ms);
}

TEST_F(poll_pace_test, leaves_a_server_alone_whose_messages_are_of_no_use) {
    for (const auto expected : {10ms, 20ms, 40ms}) {
        pace_.sent(now_, 500ms);
        pace_.found(now_, round_trip_);
        pace_.wasted(now_);
        EXPECT_EQ(pause(), expected) << "the same message may come again and again";
        EXPECT_FALSE(pace_.has_backlog());
    }
    find(1ms);
    pace_.wasted(now_);
    EXPECT_EQ(pause(), 10ms);
}

}  // namespace
}  // namespace tmq::subscription
