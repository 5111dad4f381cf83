#include "text/utf8.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

using namespace tmq::text;

namespace {

/// Copies the text into memory of exactly its size, so that a sanitizer sees a byte too many.
std::size_t prefix_of(std::string_view text) {
    const std::unique_ptr<std::uint8_t[]> memory(new std::uint8_t[text.size()]);
    std::copy(text.begin(), text.end(), memory.get());
    return valid_utf8_prefix(std::span<const std::uint8_t>(memory.get(), text.size()));
}

bool is_valid(std::string_view text) { return prefix_of(text) == text.size(); }

std::string encode(char32_t point, int size) {
    std::string result;
    static constexpr int marks[] = {0, 0x00, 0xC0, 0xE0, 0xF0};
    for (int i = size - 1; i >= 0; --i) {
        const int bits = static_cast<int>(point >> (6 * i)) & (i == size - 1 ? 0xFF : 0x3F);
        result += static_cast<char>((i == size - 1 ? marks[size] : 0x80) | bits);
    }
    return result;
}

int shortest(char32_t point) { return point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4; }

}  // namespace

TEST(utf8, accepts_every_code_point_in_its_shortest_form) {
    for (char32_t point = 0; point <= 0x10FFFF; ++point) {
        const bool surrogate = point >= 0xD800 && point <= 0xDFFF;
        const std::string text = encode(point, shortest(point));
        ASSERT_EQ(is_valid_utf8(std::span(reinterpret_cast<const std::uint8_t*>(text.data()), text.size())),
                  !surrogate)
            << std::hex << std::uint32_t{point};
    }
}

TEST(utf8, refuses_every_overlong_form) {
    for (char32_t point = 0; point < 0x10000; ++point) {
        for (int size = shortest(point) + 1; size <= 4; ++size) {
            const std::string text = encode(point, size);
            ASSERT_FALSE(
                is_valid_utf8(std::span(reinterpret_cast<const std::uint8_t*>(text.data()), text.size())))
                << std::hex << std::uint32_t{point};
        }
    }
}

TEST(utf8, refuses_code_points_above_10ffff) {
    EXPECT_TRUE(is_valid("\xF4\x8F\xBF\xBF"));
    EXPECT_FALSE(is_valid("\xF4\x90\x80\x80"));
    for (int lead = 0xF5; lead <= 0xFF; ++lead)
        EXPECT_FALSE(is_valid(std::string(1, static_cast<char>(lead)) + "\x80\x80\x80")) << lead;
}

TEST(utf8, refuses_a_continuation_byte_without_a_lead) {
    for (int byte = 0x80; byte <= 0xBF; ++byte)
        EXPECT_FALSE(is_valid(std::string(1, static_cast<char>(byte)))) << byte;
}

TEST(utf8, refuses_a_sequence_whose_following_bytes_are_missing_or_wrong) {
    for (const std::string_view whole : {"\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x98\x80"}) {
        for (std::size_t size = 1; size < whole.size(); ++size) {
            EXPECT_FALSE(is_valid(whole.substr(0, size)));
            for (const char wrong : {'\x00', '\x7F', '\xC0', '\xFF'}) {
                std::string text(whole);
                text[size] = wrong;
                EXPECT_FALSE(is_valid(text));
                EXPECT_FALSE(is_valid(text + "plain text behind it"));
            }
        }
    }
}

TEST(utf8, finds_a_bad_byte_at_every_place_of_a_text) {
    for (std::size_t size = 1; size <= 40; ++size) {
        for (std::size_t place = 0; place < size; ++place) {
            std::string text(size, 'a');
            EXPECT_TRUE(is_valid(text));
            text[place] = '\xFF';
            EXPECT_EQ(prefix_of(text), place) << size;
        }
    }
}

TEST(utf8, gives_the_whole_characters_in_front_of_a_cut) {
    EXPECT_EQ(prefix_of(""), 0U);
    EXPECT_EQ(prefix_of("ab\xE2\x82"), 2U);
    EXPECT_EQ(prefix_of("ab\xE2\x82\xAC"), 5U);
    EXPECT_EQ(prefix_of("\xE4\xB8\xAD\xE6\x96\x87\xF0\x9F\x98"), 6U);
}
