#include "tmq/error.hpp"

#include <gtest/gtest.h>
#include <boost/asio/error.hpp>
#include <boost/system/result.hpp>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

namespace tmq {
namespace {

constexpr int all_codes = 1'000;

std::string message_of(int code) { return tmq_category().message(code); }
bool is_known(int code) { return message_of(code) != "unknown error"; }

boost::system::error_code server(std::uint32_t code) { return make_server_error(code); }

TEST(errc, has_a_message_of_its_own_for_every_value) {
    std::map<std::string, int> seen;
    for (int code = 1; code < all_codes; ++code) {
        if (!is_known(code)) continue;
        EXPECT_FALSE(message_of(code).empty()) << code;
        const auto [other, is_new] = seen.emplace(message_of(code), code);
        EXPECT_TRUE(is_new) << code << " says the same as " << other->second;
    }
}

TEST(errc, has_no_gaps_in_its_ranges) {
    struct range {
        int first;
        errc last;
        int end;
    };
    const std::vector<range> ranges = {{1, errc::no_exact_offset, 100},
                                       {100, errc::certificate_refused, 200},
                                       {200, errc::fetch_unanswered, 300},
                                       {300, errc::data_lost, all_codes}};
    for (const range& r : ranges) {
        int code = r.first;
        while (code < r.end && is_known(code))
            ++code;
        EXPECT_GT(code, static_cast<int>(r.last)) << "no message for " << code;
        for (; code < r.end; ++code)
            EXPECT_FALSE(is_known(code)) << code << " stands alone";
    }
    EXPECT_FALSE(is_known(0));
    EXPECT_FALSE(is_known(-1));
}

TEST(errc, blames_by_its_range) {
    EXPECT_EQ(kind_of(errc::invalid_argument), error_kind::usage);
    EXPECT_EQ(kind_of(errc::no_exact_offset), error_kind::usage);
    EXPECT_EQ(kind_of(errc::resolve_timeout), error_kind::transport);
    EXPECT_EQ(kind_of(errc::write_timeout), error_kind::transport);
    EXPECT_EQ(kind_of(errc::certificate_refused), error_kind::transport);
    EXPECT_EQ(kind_of(errc::websocket_violation), error_kind::protocol);
    EXPECT_EQ(kind_of(errc::message_too_big), error_kind::protocol);
    EXPECT_EQ(kind_of(errc::unexpected_reply), error_kind::protocol);
    EXPECT_EQ(kind_of(errc::malformed_message), error_kind::protocol);
    EXPECT_EQ(kind_of(errc::unsupported_message), error_kind::protocol);
    EXPECT_EQ(kind_of(errc::fetch_unanswered), error_kind::protocol);
    EXPECT_EQ(kind_of(boost::asio::error::operation_aborted), error_kind::state);
    EXPECT_EQ(kind_of(errc::closed), error_kind::state);
    EXPECT_EQ(kind_of(server(0x4001)), error_kind::server);
    EXPECT_EQ(kind_of(server(0xFFFF)), error_kind::server);
    EXPECT_EQ(kind_of(boost::asio::error::connection_refused), error_kind::transport);
    EXPECT_EQ(kind_of(boost::asio::error::host_not_found), error_kind::transport);
}

TEST(errc, is_worth_another_try_only_when_the_link_failed_or_the_call_was_cancelled) {
    for (const errc code :
         {errc::resolve_timeout, errc::connect_timeout, errc::request_timeout, errc::connection_closed,
          errc::connection_lost, errc::write_timeout, errc::handshake_timeout, errc::idle_timeout,
          errc::bounds_unknown, errc::data_lost})
        EXPECT_TRUE(is_retriable(code)) << make_error_code(code).message();
    for (const errc code :
         {errc::invalid_argument, errc::not_subscribed, errc::no_exact_offset, errc::upgrade_refused,
          errc::tls_settings, errc::tls_failed, errc::certificate_refused, errc::websocket_violation,
          errc::message_too_big, errc::unexpected_reply, errc::malformed_message, errc::unsupported_message,
          errc::fetch_unanswered, errc::closed})
        EXPECT_FALSE(is_retriable(code)) << make_error_code(code).message();
    EXPECT_TRUE(is_retriable(boost::asio::error::operation_aborted));
    EXPECT_TRUE(is_retriable(boost::asio::error::connection_refused));
    EXPECT_TRUE(is_retriable(boost::asio::error::connection_reset));
    EXPECT_FALSE(is_retriable(boost::system::error_code()));
}

TEST(server_code, is_worth_another_try_when_the_server_is_unreachable_rebalancing_or_has_lost_the_consumer) {
    const std::vector<std::uint32_t> retriable = {0x000B, 0x0020, 0x03EA, 0x03EF, 0x4001, 0x4002, 0x4010};
    for (std::uint32_t code = 0; code <= 0xFFFF; ++code) {
        const bool expected = std::find(retriable.begin(), retriable.end(), code) != retriable.end();
        ASSERT_EQ(is_retriable(server(code)), expected) << code;
    }
}

TEST(server_code, has_a_name_for_every_code_that_tmq_uses) {
    std::map<std::string, std::uint32_t> seen;
    const std::vector<std::uint32_t> named = {0x000B, 0x0020, 0x0118, 0x03E0, 0x03E1, 0x03E6, 0x03E8, 0x03E9,
                                              0x03EA, 0x03EB, 0x03EC, 0x03EF, 0x4000, 0x4001, 0x4002, 0x4003,
                                              0x4004, 0x4005, 0x4006, 0x4007, 0x4008, 0x4009, 0x4010, 0x4011,
                                              0x4012, 0x4013, 0x4014, 0x4015, 0x4016, 0x4017, 0xFFFF};
    for (const std::uint32_t code : named) {
        const std::string text = server(code).message();
        EXPECT_NE(text.substr(0, 12), "server error") << code;
        EXPECT_TRUE(seen.emplace(text, code).second) << text;
    }
    EXPECT_EQ(server(0x4001).message(),
              "consumer mismatch: the group was rebalanced or the consumer evicted (0x4001)");
    EXPECT_EQ(server(0x03E1).message(), "topic does not exist (0x03E1)");
    EXPECT_EQ(server(0xFFFF).message(), "taosAdapter error (0xFFFF)");
}

TEST(server_code, is_shown_as_a_number_when_it_has_no_name) {
    EXPECT_EQ(server(0x1234).message(), "server error 0x1234");
    EXPECT_EQ(server(0x0001).message(), "server error 0x0001");
}

TEST(server_code, is_cut_to_sixteen_bits_and_fails_unless_it_is_zero) {
    EXPECT_FALSE(server(0).failed());
    EXPECT_EQ(server(0x8000'4001), server(0x4001));
    EXPECT_EQ(server(0xFFFF'FFFF).value(), 0xFFFF);
    EXPECT_TRUE(server(0x1'0000).failed());
    EXPECT_TRUE(server(0x8000'0000).failed());
}

TEST(server_code, is_never_equal_to_a_code_of_this_library) {
    EXPECT_NE(server(1), make_error_code(errc::invalid_argument));
    EXPECT_STREQ(server_category().name(), "tmq.server");
    EXPECT_STREQ(tmq_category().name(), "tmq");
}

TEST(error, says_what_was_tried_what_the_server_said_and_what_it_means) {
    const error thrown(server(0x03E1), "topic 'meters'", "subscribe", 42, "Topic not exist");
    const std::string text = thrown.what();
    EXPECT_EQ(text.find("subscribe: topic 'meters': Topic not exist: topic does not exist (0x03E1)"), 0U)
        << text;
    EXPECT_EQ(thrown.action(), "subscribe");
    EXPECT_EQ(thrown.req_id(), 42U);
    EXPECT_EQ(thrown.detail(), "topic 'meters'");
    EXPECT_EQ(thrown.server_message(), "Topic not exist");
    EXPECT_EQ(thrown.code(), server(0x03E1));
    EXPECT_EQ(thrown.kind(), error_kind::server);
    EXPECT_FALSE(thrown.is_retriable());
}

TEST(error, leaves_out_what_is_not_known) {
    const error bare(errc::closed);
    EXPECT_EQ(std::string(bare.what()).find("the consumer is closed"), 0U) << bare.what();
    EXPECT_EQ(bare.detail(), "");
    EXPECT_EQ(bare.action(), "");
    EXPECT_EQ(bare.req_id(), 0U);
    EXPECT_EQ(bare.server_message(), "");
    const error placed(errc::no_such_column, "column 'x'");
    EXPECT_EQ(std::string(placed.what()).find("column 'x': no such column"), 0U) << placed.what();
    const error refused(server(0x4002), "", "poll", 7, "gone");
    EXPECT_EQ(std::string(refused.what()).find("poll: gone: consumer closed (0x4002)"), 0U) << refused.what();
}

TEST(error, keeps_at_most_1024_bytes_of_the_servers_text) {
    const std::string longest(1024, 'a');
    const error whole(server(0xFFFF), "", "poll", 1, longest);
    EXPECT_EQ(whole.server_message(), longest);
    const error cut(server(0xFFFF), "", "poll", 1, longest + "b");
    EXPECT_EQ(cut.server_message(), longest);
    EXPECT_NE(std::string(cut.what()).find(longest), std::string::npos);
    EXPECT_EQ(std::string(cut.what()), whole.what());
}

TEST(error, takes_the_servers_text_literally) {
    const error thrown(server(0xFFFF), "{0}", "poll", 1, "100 %s {} \xFF");
    EXPECT_NE(std::string(thrown.what()).find("{0}: 100 %s {} \xFF"), std::string::npos);
}

TEST(error, is_a_plain_value_and_a_system_error) {
    error original(errc::malformed_message, "at byte 7");
    const error copy = original;
    original = error(errc::closed);
    EXPECT_EQ(copy.code(), errc::malformed_message);
    EXPECT_EQ(copy.detail(), "at byte 7");
    EXPECT_NE(std::string(copy.what()).find("at byte 7"), std::string::npos);
    EXPECT_THROW(throw error(errc::closed), boost::system::system_error);
}

TEST(error, is_the_error_of_a_result) {
    using polled = boost::system::result<bool, error>;
    const polled delivered = true;
    EXPECT_TRUE(delivered.value());
    EXPECT_FALSE(delivered.error().code().failed());
    const polled refused = error(server(0x4001), "topic 'meters'", "poll", 7, "Consumer mismatch");
    ASSERT_TRUE(refused.has_error());
    EXPECT_EQ(refused.error().server_message(), "Consumer mismatch");
    try {
        (void)refused.value();
        FAIL() << "nothing was thrown";
    } catch (const error& thrown) {
        EXPECT_EQ(thrown.code(), server(0x4001));
        EXPECT_EQ(thrown.server_message(), "Consumer mismatch");
        EXPECT_STREQ(thrown.what(), refused.error().what());
    }
}

}  // namespace
}  // namespace tmq
