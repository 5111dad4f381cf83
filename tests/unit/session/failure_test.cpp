#include "session/failure.hpp"

#include <gtest/gtest.h>

#include <string>

namespace tmq {
namespace {

TEST(Failure, IsNoneUntilThereIsACode) {
    EXPECT_FALSE(failure());
    EXPECT_FALSE(failure(boost::system::error_code()));
    EXPECT_TRUE(failure(errc::closed));
    EXPECT_TRUE(failure(make_server_error(0xFFFF)));
}

TEST(Failure, OfAReplySaysWhatTheServerSaid) {
    protocol::reply reply;
    reply.what = protocol::action::commit_offset;
    reply.req_id = 42;
    reply.code = 0x4007;
    reply.message = "Offset out of range";
    const failure why = failure_of(reply);
    EXPECT_EQ(why.code, make_server_error(0x4007));
    EXPECT_EQ(why.server_message, "Offset out of range");
    EXPECT_EQ(why.action, "commit_offset");
    EXPECT_EQ(why.req_id, 42U);
    EXPECT_EQ(why.context, "");
}

TEST(Failure, OfAReplyFailsWhateverItsCodeIs) {
    for (const std::uint32_t code : {1U, 0xFFFFU, 0x1'0000U, 0x8000'0000U, 0xFFFF'FFFFU}) {
        protocol::reply reply;
        reply.code = code;
        EXPECT_TRUE(failure_of(reply)) << code;
    }
}

TEST(Failure, OfAReplyKeeps1024BytesOfItsText) {
    const std::string text(1025, 'x');
    protocol::reply reply;
    reply.code = 0xFFFF;
    reply.message = text;
    EXPECT_EQ(failure_of(reply).server_message, text.substr(0, 1024));
}

TEST(Failure, OfAParserSaysWhere) {
    const failure why = failure_of(wire::failure{errc::flag_invalid, 1'234});
    EXPECT_EQ(why.code, errc::flag_invalid);
    EXPECT_EQ(why.context, "at byte 1234");
}

TEST(Failure, IsThrownWithEverythingItKnows) {
    failure why(make_server_error(0x4001), "topic meters");
    why.server_message = "Consumer mismatch";
    why.of(protocol::action::poll, 7);
    try {
        throw_failure(why);
        FAIL() << "nothing was thrown";
    } catch (const error& thrown) {
        EXPECT_EQ(thrown.code(), make_server_error(0x4001));
        EXPECT_EQ(thrown.action(), "poll");
        EXPECT_EQ(thrown.req_id(), 7U);
        EXPECT_EQ(thrown.server_message(), "Consumer mismatch");
        EXPECT_EQ(std::string(thrown.what()).find("poll: topic meters: Consumer mismatch: "), 0U) << thrown.what();
    }
}

}  // namespace
}  // namespace tmq
