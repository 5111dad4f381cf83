#include "base/failure.hpp"

#include <boost/asio/error.hpp>

#include <gtest/gtest.h>

#include <string>

namespace tmq::base {
namespace {

TEST(failure, is_none_until_there_is_a_code) {
    EXPECT_FALSE(failure());
    EXPECT_FALSE(failure(boost::system::error_code()));
    EXPECT_FALSE(failure(defect_code{}));
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

TEST(failure, of_a_defect_has_a_public_code_and_the_cause_as_text) {
    const failure why(defect_code::column_length_mismatch, "topic meters: at byte 812");
    EXPECT_EQ(why.code, errc::malformed_message);
    const error shown = error_of(why);
    EXPECT_EQ(shown.code(), errc::malformed_message);
    EXPECT_EQ(shown.detail(), "topic meters: at byte 812: column length differs from rows x width");
    EXPECT_EQ(std::string(shown.what()).find(shown.detail() + ": malformed message"), 0U) << shown.what();
    EXPECT_EQ(detail_of(failure(defect_code::reply_not_json)), "reply is not a JSON object");
    EXPECT_EQ(detail_of(failure(errc::data_lost, "topic meters")), "topic meters");
}

TEST(failure, is_a_line_of_the_log) {
    EXPECT_EQ(text_of(failure(defect_code::reply_not_json)), "unexpected reply: reply is not a JSON object");
    EXPECT_EQ(text_of(failure(errc::connection_lost)), "the connection was lost");
}

TEST(failure, of_a_defect_that_its_code_names_says_it_once) {
    EXPECT_EQ(detail_of(failure(defect_code::message_too_big, "vgroup 2")), "vgroup 2");
    EXPECT_EQ(detail_of(failure(defect_code::upgrade_refused, "503")), "503");
}

}  // namespace
}  // namespace tmq::base
