#include "subscription/fetch_choice.hpp"

#include <gtest/gtest.h>

namespace tmq::subscription {
namespace {

TEST(fetch_choice, is_blocks_for_servers_that_have_nothing_else) {
    for (const char* version : {"3.3.2.9", "3.3.2.0", "3.2.3.0", "2.6.0.34"})
        EXPECT_EQ(chosen_fetch(fetch_mode::automatic, version), fetch_mode::block) << version;
}

TEST(fetch_choice, is_the_whole_message_for_all_others_and_for_versions_that_cannot_be_read) {
    for (const char* version : {"3.3.3.0", "3.3.5.8", "3.4.1.6.community", "4.0.0", "", "unknown", "3.3"})
        EXPECT_EQ(chosen_fetch(fetch_mode::automatic, version), fetch_mode::raw_data) << version;
}

TEST(fetch_choice, is_the_users_when_there_is_one) {
    for (const fetch_mode wanted : {fetch_mode::raw_data, fetch_mode::raw, fetch_mode::block})
        for (const char* version : {"3.3.2.9", "3.3.5.8", ""})
            EXPECT_EQ(chosen_fetch(wanted, version), wanted) << version;
}

}  // namespace
}  // namespace tmq::subscription
