#include "embedded_server/net/ping_schedule.hpp"

#include <gtest/gtest.h>

// Pings at regular times, and the end of connections that are silent.

namespace tmq::test {
namespace {

using embedded::net::ping_schedule;
using std::chrono::milliseconds;
using ids = std::vector<embedded::broker::member_id>;

constexpr ping_schedule::time_point start{};
ping_schedule::time_point at(int ms) { return start + milliseconds(ms); }

TEST(ping_schedule, pings_from_the_opening_on_whatever_is_heard) {
    ping_schedule peers(milliseconds(50), milliseconds(0));
    peers.open(1, at(0));
    peers.open(2, at(20));
    EXPECT_EQ(peers.next_deadline(), at(50));
    EXPECT_EQ(peers.take_due(at(49)).pings, ids{});
    peers.note_activity(1, at(49));
    EXPECT_EQ(peers.take_due(at(50)).pings, ids{1});
    EXPECT_EQ(peers.take_due(at(50)).pings, ids{});
    EXPECT_EQ(peers.take_due(at(100)).pings, (ids{2, 1}));
    EXPECT_EQ(peers.next_deadline(), at(120));
}

TEST(ping_schedule, does_not_make_up_for_pings_that_were_missed) {
    ping_schedule peers(milliseconds(50), milliseconds(0));
    peers.open(1, at(0));
    EXPECT_EQ(peers.take_due(at(500)).pings, ids{1});
    EXPECT_EQ(peers.next_deadline(), at(550));
}

TEST(ping_schedule, drops_who_is_silent_once_and_for_all) {
    ping_schedule peers(milliseconds(0), milliseconds(100));
    peers.open(1, at(0));
    peers.open(2, at(0));
    peers.note_activity(2, at(30));
    EXPECT_EQ(peers.take_due(at(99)).drops, ids{});
    EXPECT_EQ(peers.take_due(at(100)).drops, ids{1});
    EXPECT_EQ(peers.next_deadline(), at(130));
    EXPECT_EQ(peers.take_due(at(130)).drops, ids{2});
    EXPECT_EQ(peers.next_deadline(), std::nullopt);
}

TEST(ping_schedule, pings_nobody_who_is_dropped_at_the_same_moment) {
    ping_schedule peers(milliseconds(100), milliseconds(100));
    peers.open(1, at(0));
    const auto due = peers.take_due(at(100));
    EXPECT_EQ(due.drops, ids{1});
    EXPECT_EQ(due.pings, ids{});
}

TEST(ping_schedule, forgets_who_has_gone) {
    ping_schedule peers(milliseconds(50), milliseconds(100));
    peers.open(1, at(0));
    peers.close(1);
    peers.close(1);
    peers.note_activity(1, at(10));
    EXPECT_EQ(peers.next_deadline(), std::nullopt);
    EXPECT_EQ(peers.take_due(at(1000)).drops, ids{});
}

TEST(ping_schedule, does_nothing_when_both_times_are_0) {
    ping_schedule peers(milliseconds(0), milliseconds(0));
    peers.open(1, at(0));
    EXPECT_EQ(peers.next_deadline(), std::nullopt);
}

}  // namespace
}  // namespace tmq::test
