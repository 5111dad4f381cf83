#include "embedded_server/protocol/requests.hpp"

#include <gtest/gtest.h>

namespace tmq::embedded::protocol {
namespace {

TEST(request, keeps_ids_of_64_bits) {
    const auto parsed = parse_request(
        R"({"action":"poll","args":{"req_id":18446744073709551615,"blocking_time":500,"message_id":7}})");
    ASSERT_TRUE(parsed.request);
    EXPECT_EQ(parsed.request->req_id, 18446744073709551615U);
    EXPECT_EQ(parsed.request->blocking_time, 500);
    EXPECT_EQ(parsed.request->message_id, 7U);
}

TEST(request, takes_null_for_absent) {
    const auto parsed = parse_request(
        R"({"action":"subscribe","args":{"req_id":1,"user":"root","password":null,"db":null,"topics":["a","b"],"config":null,"enable_batch_meta":"1"}})");
    ASSERT_TRUE(parsed.request);
    EXPECT_EQ(parsed.request->subscribe.user, "root");
    EXPECT_EQ(parsed.request->subscribe.password, "");
    EXPECT_EQ(parsed.request->subscribe.topics, (std::vector<std::string>{"a", "b"}));
}

TEST(request, of_version_needs_no_arguments) {
    EXPECT_TRUE(parse_request(R"({"action":"version"})").request);
    EXPECT_TRUE(parse_request(R"({"action":"version","args":7})").request);
}

TEST(request, takes_the_misspelt_offset_rest_when_the_right_one_is_missing) {
    EXPECT_EQ(parse_request(R"({"action":"subscribe","args":{"offset_rest":"earliest"}})")
                  .request->subscribe.offset_reset,
              "earliest");
    EXPECT_EQ(
        parse_request(R"({"action":"subscribe","args":{"offset_rest":"earliest","offset_reset":"none"}})")
            .request->subscribe.offset_reset,
        "none");
    EXPECT_EQ(
        parse_request(R"({"action":"subscribe","args":{"offset_reset":"none","offset_rest":"earliest"}})")
            .request->subscribe.offset_reset,
        "none");
}

TEST(request, ignores_fields_it_does_not_know) {
    EXPECT_TRUE(parse_request(R"({"action":"poll","args":{"req_id":1,"colour":{"a":[1]}}})").request);
}

class unanswered_request : public ::testing::TestWithParam<const char*> {};

TEST_P(unanswered_request, is_not_carried_out) { EXPECT_FALSE(parse_request(GetParam()).request); }

INSTANTIATE_TEST_SUITE_P(
    requests, unanswered_request,
    ::testing::Values(
        "", "nonsense", "[]", "7", "{}", R"({"action":7,"args":{}})",
        R"({"action":"dance","args":{"req_id":1}})", R"({"action":"poll"})", R"({"action":"poll","args":[]})",
        R"({"action":"poll","args":{"req_id":-1}})", R"({"action":"poll","args":{"req_id":1.0}})",
        R"({"action":"poll","args":{"req_id":"1"}})",
        R"({"action":"poll","args":{"req_id":1,"blocking_time":"x"}})",
        R"({"action":"subscribe","args":{"req_id":1,"auto_commit":true}})",
        R"({"action":"subscribe","args":{"req_id":1,"topics":"t"}})",
        R"({"action":"subscribe","args":{"req_id":1,"topics":[7]}})",
        R"({"action":"subscribe","args":{"req_id":1,"config":{"a":1}}})",
        R"({"action":"seek","args":{"req_id":1,"topic":"t","vgroup_id":2147483648,"offset":0}})",
        R"({"action":"committed","args":{"req_id":1,"topic_vgroup_ids":[{"topic":1}]}})",
        R"({"action":"committed","args":{"req_id":1,"topic_vgroup_ids":{}}})"));

TEST(request, that_gets_no_reply_is_still_known_by_its_action) {
    EXPECT_EQ(parse_request(R"({"action":"poll","args":{"req_id":"1"}})").action, "poll");
    EXPECT_EQ(parse_request(R"({"action":"dance","args":{}})").action, "dance");
    EXPECT_EQ(parse_request("nonsense").action, "");
}

}  // namespace
}  // namespace tmq::embedded::protocol
