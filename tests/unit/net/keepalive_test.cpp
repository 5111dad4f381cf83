#include "net/keepalive.hpp"

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using tmq::net::keepalive;

constexpr keepalive::time_point start{1000s};

TEST(keepalive, pings_after_half_the_idle_time_and_gives_up_after_the_whole) {
    keepalive link(60s);
    link.received(start);
    EXPECT_EQ(link.next(), start + 30s);
    EXPECT_EQ(link.check(start + 30s - 1ns), keepalive::step::wait);
    EXPECT_EQ(link.check(start + 30s), keepalive::step::ping);
    EXPECT_EQ(link.next(), start + 60s);
    EXPECT_EQ(link.check(start + 60s - 1ns), keepalive::step::wait);
    EXPECT_EQ(link.check(start + 60s), keepalive::step::give_up);
}

TEST(keepalive, any_byte_is_a_sign_of_life) {
    keepalive link(60s);
    link.received(start);
    EXPECT_EQ(link.check(start + 30s), keepalive::step::ping);
    link.received(start + 59s);
    EXPECT_EQ(link.next(), start + 89s);
    EXPECT_EQ(link.check(start + 60s), keepalive::step::wait);
    EXPECT_EQ(link.check(start + 89s), keepalive::step::ping) << "a new silence has a ping of its own";
    EXPECT_EQ(link.check(start + 119s), keepalive::step::give_up);
}

TEST(keepalive, a_check_that_comes_late_pings_first) {
    keepalive link(60s);
    link.received(start);
    EXPECT_EQ(link.check(start + 1h), keepalive::step::ping) << "the peer was not asked yet";
    EXPECT_EQ(link.next(), start + 1h + 30s);
    EXPECT_EQ(link.check(start + 1h + 29s), keepalive::step::wait);
    EXPECT_EQ(link.check(start + 1h + 30s), keepalive::step::give_up);
}

TEST(keepalive, zero_switches_it_off) {
    keepalive link(0s);
    link.received(start);
    EXPECT_EQ(link.next(), std::nullopt);
    EXPECT_EQ(link.check(start + 1000h), keepalive::step::wait);
}

}  // namespace
