#include "wire/defect.hpp"

#include <gtest/gtest.h>

#include <string>

namespace tmq::wire {
namespace {

TEST(failure, of_a_parser_says_where) {
    const base::failure why = failure_of(defect{defect_code::flag_invalid, 1'234});
    EXPECT_EQ(why.defect, defect_code::flag_invalid);
    EXPECT_EQ(why.code, errc::malformed_message);
    EXPECT_EQ(why.context, "at byte 1234");
}

}  // namespace
}  // namespace tmq::wire
