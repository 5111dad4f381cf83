#include "protocol/action.hpp"

#include <gtest/gtest.h>

namespace tmq::protocol {
namespace {

TEST(Action, HasTheNameThatTheServerKnows) {
    EXPECT_EQ(to_string(action::version), "version");
    EXPECT_EQ(to_string(action::subscribe), "subscribe");
    EXPECT_EQ(to_string(action::poll), "poll");
    EXPECT_EQ(to_string(action::fetch_raw_data), "fetch_raw_data");
    EXPECT_EQ(to_string(action::commit_offset), "commit_offset");
    EXPECT_EQ(to_string(action::assignment), "assignment");
    EXPECT_EQ(to_string(action::position), "position");
    EXPECT_EQ(to_string(action::unsubscribe), "unsubscribe");
}

TEST(Action, IsFoundByItsName) {
    for (const action value : {action::version, action::subscribe, action::poll, action::fetch_raw_data, action::commit_offset, action::assignment,
                               action::position, action::unsubscribe})
        EXPECT_EQ(action_from(to_string(value)), value) << to_string(value);
}

TEST(Action, IsUnknownUnderAnyOtherName) {
    for (const std::string_view name : {"", "Poll", "poll ", "commit", "fetch_raw", "fetch_raw_data2", "unknown"}) {
        EXPECT_EQ(action_from(name), action::unknown) << name;
    }
    EXPECT_EQ(to_string(action::unknown), "unknown");
    EXPECT_EQ(to_string(static_cast<action>(200)), "unknown");
}

}  // namespace
}  // namespace tmq::protocol
