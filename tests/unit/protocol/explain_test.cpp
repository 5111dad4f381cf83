#include "protocol/explain.hpp"

#include "padded_reply.hpp"
#include "protocol/reply.hpp"
#include "support/captures.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace tmq::protocol {
namespace {

using namespace test;

/// What the refusal at the end of a recorded conversation is explained with.
std::string explained(const std::string& transcript) {
    reply_parser parser;
    reply refused;
    const std::string text = load_transcript(transcript).back().text;
    const padded_reply received(text);
    EXPECT_EQ(name_of(parser.parse(received.text(), refused)), "success") << text;
    EXPECT_EQ(refused.action, action::subscribe) << transcript;
    EXPECT_NE(refused.code, 0U) << transcript;
    return std::string(explain_refused_subscribe(refused.code, refused.message));
}

bool says(const std::string& explanation, std::string_view word) {
    return explanation.find(word) != std::string::npos;
}

TEST(refused_subscribe, of_an_old_server_has_three_causes_behind_one_text) {
    for (const char* transcript : {"v3.3.5/subscribe_error_00.jsonl", "v3.3.5/subscribe_error_01.jsonl"}) {
        const std::string text = explained(transcript);
        EXPECT_TRUE(says(text, "password") && says(text, "user") && says(text, "taosd")) << text;
    }
}

TEST(refused_subscribe, of_a_new_server_names_password_user_and_token) {
    EXPECT_EQ(explained("v3.4.1/subscribe_error_00.jsonl"), "wrong password");
    EXPECT_EQ(explained("v3.4.1/subscribe_error_01.jsonl"), "there is no user of this name");
    EXPECT_TRUE(says(std::string(explain_refused_subscribe(0xFFFF, "Invalid token")), "token"));
}

TEST(refused_subscribe, names_the_topic) {
    EXPECT_TRUE(says(explained("v3.3.5/subscribe_error_02.jsonl"), "CREATE TOPIC"));
    EXPECT_TRUE(says(explained("v3.4.1/subscribe_error_02.jsonl"), "CREATE TOPIC"));
}

TEST(refused_subscribe, names_the_missing_group) {
    EXPECT_EQ(explained("v3.3.5/subscribe_error_03.jsonl"), "group.id is not set");
    EXPECT_EQ(explained("v3.4.1/subscribe_error_03.jsonl"), "group.id is not set");
}

TEST(refused_subscribe, lists_the_settings_that_it_can_mean) {
    for (const char* number : {"05", "08", "09", "10"}) {
        const std::string text = explained(std::string("v3.3.5/subscribe_error_") + number + ".jsonl");
        EXPECT_TRUE(says(text, "auto.offset.reset") && says(text, "session.timeout.ms") &&
                    says(text, "max.poll.interval.ms"))
            << text;
    }
    EXPECT_TRUE(says(std::string(explain_refused_subscribe(0xFFFE, "fail")), "setting"));
}

TEST(refused_subscribe, tells_a_setting_that_is_no_number_or_truth_value) {
    EXPECT_TRUE(says(explained("v3.3.5/subscribe_error_06.jsonl"), "true or false"));
    EXPECT_TRUE(says(explained("v3.3.5/subscribe_error_07.jsonl"), "number"));
}

TEST(refused_subscribe, leaves_the_name_of_the_key_to_the_server) {
    EXPECT_TRUE(says(explained("v3.4.1/config_02.jsonl"), "configuration key that it names"));
    EXPECT_TRUE(says(explained("v3.4.1/config_00.jsonl"), "does not know the configuration key"));
    EXPECT_TRUE(says(explained("v3.4.1/subscribe_error_08.jsonl"), "configuration key that it names"));
}

TEST(refused_subscribe, on_a_connection_with_a_subscription_says_so) {
    EXPECT_TRUE(says(std::string(explain_refused_subscribe(0xFFFF, "tmq should have unsubscribed first")),
                     "already"));
}

TEST(refused_subscribe, is_not_explained_when_its_text_says_all) {
    EXPECT_EQ(explain_refused_subscribe(0xFFFF, "something new"), "");
    EXPECT_EQ(explain_refused_subscribe(0xFFFF, ""), "");
    EXPECT_EQ(explain_refused_subscribe(0x03EF, "Rebalancing, please wait"), "");
}

}  // namespace
}  // namespace tmq::protocol
