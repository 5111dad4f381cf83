#include "protocol/reply.hpp"

#include <gtest/gtest.h>

#include <string>

namespace tmq::protocol {
namespace {

TEST(failure, of_a_reply_says_what_the_server_said) {
    protocol::reply reply;
    reply.action = protocol::action::commit_offset;
    reply.req_id = 42;
    reply.code = 0x4007;
    reply.message = "Offset out of range";
    const base::failure why = failure_of(reply);
    EXPECT_EQ(why.code, make_server_error(0x4007));
    EXPECT_EQ(why.server_message, "Offset out of range");
    EXPECT_EQ(why.action, "commit_offset");
    EXPECT_EQ(why.req_id, 42U);
    EXPECT_EQ(why.context, "");
}

TEST(failure, of_a_reply_fails_whatever_its_code_is) {
    for (const std::uint32_t code : {1U, 0xFFFFU, 0x1'0000U, 0x8000'0000U, 0xFFFF'FFFFU}) {
        protocol::reply reply;
        reply.code = code;
        EXPECT_TRUE(failure_of(reply)) << code;
    }
}

TEST(failure, of_a_reply_keeps_1024_bytes_of_its_text) {
    const std::string text(1025, 'x');
    protocol::reply reply;
    reply.code = 0xFFFF;
    reply.message = text;
    EXPECT_EQ(failure_of(reply).server_message, text.substr(0, 1024));
}

}  // namespace
}  // namespace tmq::protocol
