#include "base/alteration.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <variant>

namespace tmq::base {
namespace {

TEST(alteration, has_the_number_of_the_server) {
    for (std::int64_t number = 1; number <= 20; ++number) {
        const auto made = make_alteration(number);
        ASSERT_TRUE(made) << number;
        EXPECT_EQ(std::visit([](const auto& change) { return change.alter_type; }, *made), number);
        EXPECT_EQ(made->index(), static_cast<std::size_t>(number - 1)) << "alternatives are in order";
    }
}

TEST(alteration, of_another_number_is_unknown) {
    for (const std::int64_t number :
         {std::int64_t{0}, std::int64_t{21}, std::int64_t{-1}, std::int64_t{257},
          std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()})
        EXPECT_FALSE(make_alteration(number)) << number;
}

}  // namespace
}  // namespace tmq::base
