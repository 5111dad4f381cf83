#include "subscription/poll_pace.hpp"

#include <gtest/gtest.h>

namespace tmq::subscription {
namespace {

using namespace std::chrono_literals;

class PollPace : public ::testing::Test {
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

TEST_F(PollPace, KnowsABacklogFromTheLogs) {
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

TEST_F(PollPace, KnowsABacklogFromAMessageThatTheServerCut) {
    find(2ms, 4095);
    EXPECT_FALSE(pace_.has_backlog());
    find(100ms, 4096);
    EXPECT_TRUE(pace_.has_backlog());
    find_nothing(10ms, 10ms);
    EXPECT_FALSE(pace_.has_backlog());
}

TEST_F(PollPace, KnowsABacklogFromTwoPollsThatWereAnsweredAtOnce) {
    round_trip_ = 20ms;
    find(20ms);
    EXPECT_FALSE(pace_.has_backlog());
    find(25ms);
    EXPECT_TRUE(pace_.has_backlog()) << "at once is what it takes on this link";
    find(26ms);
    EXPECT_FALSE(pace_.has_backlog()) << "6 ms more than the way there and back: it had to wait";
}

TEST_F(PollPace, TakesRowsThatTrickleForNoBacklog) {
    for (int i = 0; i < 100; ++i) {
        find(9ms);
        find(i % 10 == 0 ? 1ms : 12ms);
        EXPECT_FALSE(pace_.has_backlog()) << i;
    }
}

TEST_F(PollPace, EndsABacklogWithAPollThatFindsNothing) {
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

TEST_F(PollPace, LeavesAServerAloneThatDoesNotWaitLongerAndLonger) {
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

TEST_F(PollPace, LeavesAloneNobodyWhoWasNotAskedToWait) {
    for (int i = 0; i < 10; ++i)
        find_nothing(0ms, 0ms);
    EXPECT_EQ(pause(), 0ms);
    find_nothing(10ms, 1ms);
    EXPECT_EQ(pause(), 0ms) << "a poll that reads ahead";
    find_nothing(200ms, 101ms);
    EXPECT_EQ(pause(), 0ms) << "a server may be a little early";
}

TEST_F(PollPace, StartsAnewWithAConnection) {
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

TEST_F(PollPace, LeavesAServerAloneWhoseMessagesAreOfNoUse) {
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
