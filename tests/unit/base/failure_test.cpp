#include "base/failure.hpp"

#include <boost/asio/error.hpp>

#include <gtest/gtest.h>

#include <string>

namespace tmq::base {
namespace {

TEST(failure, is_none_until_there_is_a_code) {
    EXPECT_FALSE(failure());
    EXPECT_FALSE(failure(boost::system::error_code()));
    EXPECT_TRUE(failure(errc::closed));
    EXPECT_TRUE(failure(make_server_error(0xFFFF)));
}

TEST(failure, is_thrown_with_everything_it_knows) {
    failure why(make_server_error(0x4001), "topic meters");
    why.server_message = "Consumer mismatch";
    why.name_request("poll", 7);
    try {
        throw_failure(why);
        FAIL() << "nothing was thrown";
    } catch (const error& thrown) {
        EXPECT_EQ(thrown.code(), make_server_error(0x4001));
        EXPECT_EQ(thrown.action(), "poll");
        EXPECT_EQ(thrown.req_id(), 7U);
        EXPECT_EQ(thrown.server_message(), "Consumer mismatch");
        EXPECT_EQ(std::string(thrown.what()).find("poll: topic meters: Consumer mismatch: "), 0U)
            << thrown.what();
    }
}

TEST(failure, of_a_cancelled_operation_has_the_code_of_asio) {
    EXPECT_EQ(cancelled(), boost::asio::error::operation_aborted);
    EXPECT_TRUE(is_cancellation(failure(boost::asio::error::operation_aborted)));
    EXPECT_FALSE(is_cancellation(failure(errc::closed)));
    EXPECT_FALSE(is_cancellation(failure()));
}

}  // namespace
}  // namespace tmq::base
