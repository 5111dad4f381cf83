#include "ws/close_code.hpp"

#include <gtest/gtest.h>

namespace close_code = tmq::ws::close_code;

TEST(close_code, a_peer_is_told_why_its_frames_were_given_up) {
    EXPECT_EQ(close_code::refusal_code(tmq::base::defect_code::frame_text_not_utf8), 1007);
    EXPECT_EQ(close_code::refusal_code(tmq::base::defect_code::inflate_corrupt), 1007);
    EXPECT_EQ(close_code::refusal_code(tmq::base::defect_code::inflate_truncated), 1007);
    EXPECT_EQ(close_code::refusal_code(tmq::base::defect_code::message_too_big), 1009);
    EXPECT_EQ(close_code::refusal_code(tmq::base::defect_code::frame_masked), 1002);
}

TEST(close_code, codes_that_only_stand_for_something_are_never_on_the_wire) {
    for (const std::uint16_t code : std::initializer_list<std::uint16_t>{1004, 1005, 1006, 1015})
        EXPECT_FALSE(close_code::is_sendable(code)) << code;
    for (const std::uint16_t code : {close_code::normal, close_code::going_away, close_code::protocol_error,
                                     close_code::bad_payload, close_code::too_big})
        EXPECT_TRUE(close_code::is_sendable(code)) << code;
}
