#include "wire/utf8.hpp"

#include <gtest/gtest.h>

#include <string>

namespace tmq::wire {
namespace {

TEST(Utf8, AcceptsTheFirstAndLastCodePointOfEveryLength) {
    for (const char* text :
         {"", "\x7F", "\u0080", "\u07FF", "\u0800", "\uD7FF", "\uE000", "\uFFFF", "\U00010000", "\U0010FFFF", "a\u00E9\u4E2D\U0001F600z"})
        EXPECT_TRUE(is_utf8(text)) << text;
    EXPECT_TRUE(is_utf8(std::string_view("\0", 1)));
}

TEST(Utf8, RefusesWhatHasAShorterForm) {
    for (const char* text : {"\xC0\x80", "\xC1\xBF", "\xE0\x9F\xBF", "\xF0\x8F\xBF\xBF"}) EXPECT_FALSE(is_utf8(text));
}

TEST(Utf8, RefusesSurrogatesAndNumbersAboveTheLastCodePoint) {
    for (const char* text : {"\xED\xA0\x80", "\xED\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF"}) EXPECT_FALSE(is_utf8(text));
}

TEST(Utf8, RefusesSequencesThatAreCutOrHaveNoStart) {
    for (const char* text :
         {"\x80", "a\xBF", "\xC3", "\xE4\xB8", "\xF0\x9F\x98", "\xC3(", "\xE4\xB8(", "\xF0\x9F\x98(", "\xE4(\xAD", "\xF0(\x98\x80"})
        EXPECT_FALSE(is_utf8(text));
}

}  // namespace
}  // namespace tmq::wire
