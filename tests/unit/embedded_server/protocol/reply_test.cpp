#include "embedded_server/encode/json_text.hpp"
#include "embedded_server/protocol/replies.hpp"

#include <gtest/gtest.h>

namespace tmq::embedded::protocol {
namespace {

using std::chrono::nanoseconds;

std::string escaped(std::string_view text, bool html) {
    std::string out;
    encode::append_json_string(out, text, html);
    return out;
}

request of(action what) {
    request made;
    made.kind = what;
    made.req_id = 5;
    return made;
}

TEST(reply, escapes_what_json_needs_and_leaves_the_rest) {
    EXPECT_EQ(escaped("a\"b\\c\n\r\t\x01 \u00e9\u4e2d", false), R"("a\"b\\c\n\r\t\u0001 )"
                                                                "\u00e9\u4e2d\"");
    EXPECT_EQ(escaped("\u2028\u2029", false), R"("\u2028\u2029")");
}

TEST(reply, escapes_html_as_servers_before_3_3_7_6_do) {
    EXPECT_EQ(escaped("<a&b>", true), R"("\u003ca\u0026b\u003e")");
    const std::string refused =
        reply_writer(server_version("3.3.7.5")).error(of(action::poll), nanoseconds(1), 1, "<x>").head;
    EXPECT_NE(refused.find(R"(\u003cx\u003e)"), std::string::npos);
    const std::string newer =
        reply_writer(server_version("3.3.7.6")).error(of(action::poll), nanoseconds(1), 1, "<x>").head;
    EXPECT_NE(newer.find("<x>"), std::string::npos);
}

TEST(reply, of_version_has_a_req_id_since_3_3_7) {
    EXPECT_EQ(reply_writer(server_version("3.3.6.9")).version_reply(of(action::version), nanoseconds(9)).head,
              R"({"code":0,"message":"","action":"version","version":"3.3.6.9"})");
    EXPECT_EQ(
        reply_writer(server_version("3.4.1.6.community"))
            .version_reply(of(action::version), nanoseconds(9))
            .head,
        R"({"code":0,"message":"","action":"version","req_id":5,"timing":9,"version":"3.4.1.6.community"})");
}

TEST(reply, of_subscribe_has_the_version_since_3_4) {
    EXPECT_EQ(
        reply_writer(server_version("3.4.1.6.community"))
            .subscribe(of(action::subscribe), nanoseconds(9), {"a:1"})
            .head,
        R"({"code":0,"message":"","action":"subscribe","req_id":5,"timing":9,"version":"3.4.1.6.community"})");
}

TEST(reply, of_subscribe_lists_the_instances_that_are_asked_for_since_3_4) {
    request asked = of(action::subscribe);
    asked.subscribe.list_instances = true;
    const auto reply = [&](const char* version, const std::vector<std::string>& instances) {
        return reply_writer(server_version(version)).subscribe(asked, nanoseconds(9), instances).head;
    };
    EXPECT_EQ(
        reply("3.4.0.0", {"a:6041", "b:6041"}),
        R"({"code":0,"message":"","action":"subscribe","req_id":5,"timing":9,"version":"3.4.0.0","list_instances":["a:6041","b:6041"]})");
    EXPECT_EQ(reply("3.3.8.9", {"a:6041"}),
              R"({"code":0,"message":"","action":"subscribe","req_id":5,"timing":9})");
}

TEST(reply, of_fetch_raw_has_its_payload_at_byte_38) {
    request asked = of(action::fetch_raw);
    asked.message_id = 3;
    const auto payload = std::make_shared<const std::vector<std::byte>>(300);
    const outgoing_message message =
        reply_writer(server_version("3.3.5.8")).raw(asked, nanoseconds(7), 2, payload);
    const std::string expected(
        "\x07\0\0\0\0\0\0\0\x05\0\0\0\0\0\0\0\x03\0\0\0\0\0\0\0\x03\0\0\0\0\0\0\0\x2c\x01\0\0\x02\0", 38);
    EXPECT_EQ(message.head, expected);
    EXPECT_EQ(message.payload, payload);
    EXPECT_TRUE(message.binary);
}

TEST(reply, of_a_failed_fetch_raw_is_text_with_the_message_id) {
    request asked = of(action::fetch_raw);
    asked.message_id = 3;
    EXPECT_EQ(reply_writer(server_version("3.3.5.8")).error(asked, nanoseconds(7), 65535, "no").head,
              R"({"code":65535,"message":"no","action":"fetch_raw","req_id":5,"timing":7,"message_id":3})");
}

}  // namespace
}  // namespace tmq::embedded::protocol
