#include "embedded_server/fault_list.hpp"

#include <gtest/gtest.h>

namespace tmq::embedded {
namespace {

TEST(fault_list, strikes_the_next_request_of_its_action_once) {
    fault_list faults;
    faults.add(testing::fault::stall().on("poll"));
    EXPECT_FALSE(faults.match("commit"));
    EXPECT_TRUE(faults.match("poll"));
    EXPECT_FALSE(faults.match("poll"));
}

TEST(fault_list, strikes_any_action_when_none_is_named) {
    fault_list faults;
    faults.add(testing::fault::stall());
    EXPECT_TRUE(faults.match("commit"));
}

TEST(fault_list, lets_requests_pass_before_it_strikes_as_often_as_it_is_told) {
    fault_list faults;
    faults.add(testing::fault::reset().on("poll").skip(2).times(2));
    EXPECT_FALSE(faults.match("poll"));
    EXPECT_FALSE(faults.match("poll"));
    EXPECT_TRUE(faults.match("poll"));
    EXPECT_TRUE(faults.match("poll"));
    EXPECT_FALSE(faults.match("poll"));
}

TEST(fault_list, lets_the_oldest_fault_strike_first) {
    fault_list faults;
    faults.add(testing::fault::stall().on("poll"));
    faults.add(testing::fault::reset().on("poll"));
    EXPECT_EQ(faults.match("poll")->what(), testing::fault::kind::stall);
    EXPECT_EQ(faults.match("poll")->what(), testing::fault::kind::reset);
}

TEST(fault_list, counts_a_request_for_every_fault_that_still_lets_some_pass) {
    fault_list faults;
    faults.add(testing::fault::stall().on("poll"));
    faults.add(testing::fault::reset().on("poll").skip(1));
    EXPECT_EQ(faults.match("poll")->what(), testing::fault::kind::stall);
    EXPECT_EQ(faults.match("poll")->what(), testing::fault::kind::reset);
}

TEST(fault_list, forgets_what_has_not_happened) {
    fault_list faults;
    faults.add(testing::fault::stall());
    faults.clear();
    EXPECT_FALSE(faults.match("poll"));
}

TEST(fault_list, ignores_a_fault_that_is_to_happen_no_time) {
    fault_list faults;
    faults.add(testing::fault::stall().times(0));
    EXPECT_FALSE(faults.match("poll"));
}

}  // namespace
}  // namespace tmq::embedded
