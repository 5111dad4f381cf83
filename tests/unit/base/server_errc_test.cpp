#include "tmq/server_errc.hpp"

#include "tmq/error.hpp"

#include <gtest/gtest.h>
#include <boost/asio/error.hpp>

#include <string>

namespace tmq {
namespace {

TEST(server_errc, is_the_code_of_a_reply) {
    EXPECT_EQ(make_error_code(server_errc::foreign_vgroup), make_server_error(0x4008));
    EXPECT_EQ(make_error_code(server_errc::adapter_failed), make_server_error(0xFFFF));
    const boost::system::error_code code = server_errc::group_rebalancing;
    EXPECT_EQ(code, make_server_error(0x03EF));
    EXPECT_EQ(code.category(), server_category());
    EXPECT_TRUE(code == server_errc::group_rebalancing);
    EXPECT_FALSE(code == server_errc::group_in_use);
}

TEST(server_errc, has_a_text_of_its_own_with_the_number) {
    for (const int value :
         {0x000B, 0x0020, 0x0118, 0x03E0, 0x03E1, 0x03E6, 0x03E8, 0x03E9, 0x03EA, 0x03EB, 0x03EC,
          0x03EF, 0x0A0D, 0x4000, 0x4001, 0x4002, 0x4003, 0x4004, 0x4005, 0x4006, 0x4007, 0x4008,
          0x4009, 0x4010, 0x4011, 0x4012, 0x4013, 0x4014, 0x4015, 0x4016, 0x4017, 0xFFFE, 0xFFFF}) {
        const boost::system::error_code code = static_cast<server_errc>(value);
        EXPECT_EQ(code.message().find("server error"), std::string::npos) << code.message();
    }
    EXPECT_EQ(make_error_code(server_errc::foreign_topic).message(),
              "topic does not belong to this consumer (0x4009)");
}

TEST(condition, groups_the_codes_of_a_vgroup_that_moved) {
    for (const server_errc moved : {server_errc::foreign_vgroup, server_errc::foreign_topic})
        EXPECT_TRUE(make_error_code(moved) == condition::vgroup_moved);
    EXPECT_FALSE(make_error_code(server_errc::consumer_mismatch) == condition::vgroup_moved);
    EXPECT_FALSE(boost::system::error_code() == condition::vgroup_moved);
}

TEST(condition, groups_the_codes_of_a_lost_membership) {
    for (const server_errc lost : {server_errc::consumer_mismatch, server_errc::consumer_closed,
                                   server_errc::not_initialised, server_errc::consumer_not_found})
        EXPECT_TRUE(make_error_code(lost) == condition::not_a_member);
    EXPECT_FALSE(make_error_code(server_errc::foreign_vgroup) == condition::not_a_member);
    EXPECT_FALSE(make_error_code(errc::closed) == condition::not_a_member);
}

TEST(condition, covers_every_failure_of_the_transport) {
    EXPECT_TRUE(make_error_code(errc::connection_lost) == condition::transport);
    EXPECT_TRUE(make_error_code(errc::request_timeout) == condition::transport);
    EXPECT_TRUE(boost::system::error_code(boost::asio::error::connection_refused) == condition::transport);
    EXPECT_FALSE(make_error_code(errc::websocket_violation) == condition::transport);
    EXPECT_FALSE(make_error_code(server_errc::network_unavailable) == condition::transport);
    EXPECT_FALSE(boost::system::error_code() == condition::transport);
    EXPECT_FALSE(boost::system::error_code(boost::asio::error::operation_aborted) == condition::transport);
    EXPECT_FALSE(make_error_code(boost::system::errc::not_enough_memory) == condition::transport);
}

TEST(condition, has_a_category_and_a_text) {
    const boost::system::error_condition moved = condition::vgroup_moved;
    EXPECT_STREQ(moved.category().name(), "tmq.condition");
    EXPECT_EQ(moved.message(), "the vgroup belongs to another consumer");
}

}  // namespace
}  // namespace tmq
