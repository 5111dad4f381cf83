#include "ws/base64.hpp"

#include <gtest/gtest.h>

#include <string_view>
#include <vector>

namespace tmq::ws {
namespace {

std::string base64_of(std::string_view text) { return base64({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}); }

TEST(base64, gives_the_texts_of_the_rfc) {
    EXPECT_EQ(base64_of(""), "");
    EXPECT_EQ(base64_of("f"), "Zg==");
    EXPECT_EQ(base64_of("fo"), "Zm8=");
    EXPECT_EQ(base64_of("foo"), "Zm9v");
    EXPECT_EQ(base64_of("foob"), "Zm9vYg==");
    EXPECT_EQ(base64_of("fooba"), "Zm9vYmE=");
    EXPECT_EQ(base64_of("foobar"), "Zm9vYmFy");
}

TEST(base64, has_a_digit_for_every_six_bits) {
    std::vector<std::uint8_t> bytes;
    for (unsigned group = 0; group < 64; group += 4) {
        const unsigned bits = group << 18 | (group + 1) << 12 | (group + 2) << 6 | (group + 3);
        for (const unsigned shift : {16U, 8U, 0U}) bytes.push_back(static_cast<std::uint8_t>(bits >> shift));
    }
    EXPECT_EQ(base64(bytes), "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
}

}  // namespace
}  // namespace tmq::ws
