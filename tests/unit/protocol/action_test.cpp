#include "protocol/action.hpp"

#include <gtest/gtest.h>

namespace tmq::protocol {
namespace {

TEST(action, has_the_name_that_the_server_knows) {
    EXPECT_EQ(to_string(action::version), "version");
    EXPECT_EQ(to_string(action::subscribe), "subscribe");
    EXPECT_EQ(to_string(action::poll), "poll");
    EXPECT_EQ(to_string(action::fetch), "fetch");
    EXPECT_EQ(to_string(action::fetch_block), "fetch_block");
    EXPECT_EQ(to_string(action::fetch_raw), "fetch_raw");
    EXPECT_EQ(to_string(action::fetch_raw_data), "fetch_raw_data");
    EXPECT_EQ(to_string(action::fetch_json_meta), "fetch_json_meta");
    EXPECT_EQ(to_string(action::commit), "commit");
    EXPECT_EQ(to_string(action::commit_offset), "commit_offset");
    EXPECT_EQ(to_string(action::committed), "committed");
    EXPECT_EQ(to_string(action::position), "position");
    EXPECT_EQ(to_string(action::assignment), "assignment");
    EXPECT_EQ(to_string(action::seek), "seek");
    EXPECT_EQ(to_string(action::list_topics), "list_topics");
    EXPECT_EQ(to_string(action::unsubscribe), "unsubscribe");
}

TEST(action, is_found_by_its_name) {
    for (const action value :
         {action::version, action::subscribe, action::poll, action::fetch, action::fetch_block,
          action::fetch_raw, action::fetch_raw_data, action::fetch_json_meta, action::commit,
          action::commit_offset, action::committed, action::position, action::assignment, action::seek,
          action::list_topics, action::unsubscribe})
        EXPECT_EQ(parse_action(to_string(value)), value) << to_string(value);
}

TEST(action, is_unknown_under_any_other_name) {
    for (const std::string_view name :
         {"", "Poll", "poll ", "commits", "fetch_", "fetch_raw_data2", "unknown"}) {
        EXPECT_EQ(parse_action(name), action::unknown) << name;
    }
    EXPECT_EQ(to_string(action::unknown), "unknown");
    EXPECT_EQ(to_string(static_cast<action>(200)), "unknown");
}

TEST(action, fetches_with_text_or_binary) {
    for (const action value : {action::fetch, action::fetch_block, action::fetch_raw, action::fetch_raw_data,
                               action::fetch_json_meta})
        EXPECT_TRUE(is_fetch(value)) << to_string(value);
    for (const action value :
         {action::unknown, action::poll, action::commit, action::position, action::unsubscribe})
        EXPECT_FALSE(is_fetch(value)) << to_string(value);
    for (const action value : {action::fetch_block, action::fetch_raw, action::fetch_raw_data})
        EXPECT_TRUE(is_binary(value)) << to_string(value);
    for (const action value : {action::poll, action::fetch, action::fetch_json_meta, action::position})
        EXPECT_FALSE(is_binary(value)) << to_string(value);
}

}  // namespace
}  // namespace tmq::protocol
