#include "base/defect_code.hpp"

#include <gtest/gtest.h>
#include <boost/system/error_code.hpp>

#include <map>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace tmq::base {
namespace {

// Nothing but errc_of() makes a code of a defect.
static_assert(!std::is_convertible_v<defect_code, boost::system::error_code>);

constexpr auto last = defect_code::meta_value_length_mismatch;

std::vector<defect_code> all_defects() {
    std::vector<defect_code> result;
    for (int value = 1; value <= static_cast<int>(last); ++value)
        result.push_back(static_cast<defect_code>(value));
    return result;
}

TEST(defect_code, has_a_text_of_its_own_for_every_value) {
    const std::string_view none = to_string(defect_code{});
    EXPECT_EQ(to_string(static_cast<defect_code>(static_cast<int>(last) + 1)), none)
        << "values after the last";
    std::map<std::string_view, int> seen;
    for (const defect_code defect : all_defects()) {
        EXPECT_FALSE(to_string(defect).empty()) << static_cast<int>(defect);
        EXPECT_NE(to_string(defect), none) << static_cast<int>(defect);
        EXPECT_TRUE(seen.emplace(to_string(defect), static_cast<int>(defect)).second) << to_string(defect);
    }
}

TEST(defect_code, is_known_to_the_application_by_what_it_can_do) {
    const std::map<defect_code, errc> expected = {
        {defect_code::upgrade_refused, errc::upgrade_refused},
        {defect_code::message_too_big, errc::message_too_big},
        {defect_code::upgrade_malformed, errc::websocket_violation},
        {defect_code::upgrade_too_large, errc::websocket_violation},
        {defect_code::frame_reserved_bits, errc::websocket_violation},
        {defect_code::frame_text_not_utf8, errc::websocket_violation},
        {defect_code::frame_after_close, errc::websocket_violation},
        {defect_code::inflate_corrupt, errc::websocket_violation},
        {defect_code::inflate_truncated, errc::websocket_violation},
        {defect_code::reply_not_json, errc::unexpected_reply},
        {defect_code::reply_malformed, errc::unexpected_reply},
        {defect_code::reply_unexpected, errc::unexpected_reply},
        {defect_code::reply_message_id, errc::unexpected_reply},
        {defect_code::topic_not_subscribed, errc::unexpected_reply},
        {defect_code::envelope_marker, errc::unexpected_reply},
        {defect_code::envelope_truncated, errc::unexpected_reply},
        {defect_code::raw_data_unanswered, errc::fetch_unanswered},
        {defect_code::block_unanswered, errc::fetch_unanswered},
        {defect_code::message_type_unsupported, errc::unsupported_message},
        {defect_code::column_type_unsupported, errc::unsupported_message},
        {defect_code::block_compressed, errc::unsupported_message},
        {defect_code::message_type_mismatch, errc::malformed_message},
        {defect_code::meta_json_malformed, errc::malformed_message},
        {defect_code::truncated, errc::malformed_message},
        {defect_code::tail_invalid, errc::malformed_message},
        {defect_code::meta_type_invalid, errc::malformed_message},
        {last, errc::malformed_message}};
    EXPECT_EQ(errc_of(defect_code{}), errc{});
    for (const auto& [defect, code] : expected)
        EXPECT_EQ(errc_of(defect), code) << to_string(defect);
}

// What the connection and the subscription do after an error depends on the kind of its code.
TEST(defect_code, breaks_the_protocol_and_is_not_retried) {
    for (const defect_code defect : all_defects()) {
        const boost::system::error_code code = errc_of(defect);
        EXPECT_EQ(kind_of(code),
                  defect == defect_code::upgrade_refused ? error_kind::transport : error_kind::protocol)
            << to_string(defect);
        EXPECT_FALSE(is_retriable(code)) << to_string(defect);
    }
}

}  // namespace
}  // namespace tmq::base
