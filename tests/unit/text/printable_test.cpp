#include "text/printable.hpp"
#include "text/json.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace tmq::text {
namespace {

std::string utf8(char32_t code) {
    std::string bytes;
    const auto continued = [&bytes, code](unsigned shift) {
        bytes += static_cast<char>(0x80U | ((code >> shift) & 0x3FU));
    };
    if (code < 0x80) {
        bytes += static_cast<char>(code);
    } else if (code < 0x800) {
        bytes += static_cast<char>(0xC0U | code >> 6);
        continued(0);
    } else {
        bytes += static_cast<char>(0xE0U | code >> 12);
        continued(6);
        continued(0);
    }
    return bytes;
}

bool is_control(char32_t code) {
    return code < 0x20 || (code >= 0x7F && code <= 0x9F) || code == 0x061C || code == 0x200E ||
           code == 0x200F || (code >= 0x2028 && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069);
}

std::string shown(std::string_view said) {
    fmt::memory_buffer out;
    append_printable(out, said);
    return fmt::to_string(out);
}

std::string json_string(std::string_view value) {
    fmt::memory_buffer out;
    append_printable_json_string(out, value);
    return fmt::to_string(out);
}

std::string json_line(std::string_view json) {
    fmt::memory_buffer out;
    append_json_line(out, json);
    return fmt::to_string(out);
}

/// Every character of the plane in which the controls are, but the surrogates, which are no characters.
std::vector<char32_t> characters() {
    std::vector<char32_t> all;
    for (char32_t code = 0; code < 0x10000; ++code)
        if (code < 0xD800 || code > 0xDFFF) all.push_back(code);
    return all;
}

TEST(printable_text, has_a_blank_for_each_control_character) {
    for (const char32_t code : characters()) {
        const std::string character = utf8(code);
        const std::string said = "a" + character + "b" + character + character;
        const std::string expected =
            is_control(code) ? "a b  " : "a" + character + "b" + character + character;
        ASSERT_EQ(shown(said), expected) << static_cast<unsigned>(code);
        ASSERT_EQ(printable("<" + said + ">", 100), "<" + expected + ">") << static_cast<unsigned>(code);
        ASSERT_EQ(is_printable(said), !is_control(code)) << static_cast<unsigned>(code);
    }
}

TEST(printable_text, has_a_replacement_for_each_byte_that_is_not_utf8) {
    for (int byte = 0x80; byte < 0x100; ++byte) {
        const std::string raw(1, static_cast<char>(byte));
        EXPECT_FALSE(is_printable("a" + raw));
        EXPECT_EQ(shown(raw), "\uFFFD") << byte;
        EXPECT_EQ(shown("a" + raw + "b"), "a\uFFFDb") << byte;
        EXPECT_EQ(printable("a" + raw + "b", 100), "a") << byte;
    }
    EXPECT_EQ(shown("\xC2"), "\uFFFD");
    EXPECT_EQ(shown("\xE2\x80"), "\uFFFD\uFFFD");
    EXPECT_EQ(shown("\xE2\x80\x1B[2J"), "\uFFFD\uFFFD [2J");
    EXPECT_EQ(shown("\xC0\x9B"), "\uFFFD\uFFFD") << "an overlong escape";
}

TEST(printable_text, of_nothing_is_nothing) {
    EXPECT_EQ(shown(""), "");
    EXPECT_EQ(printable("", 10), "");
    EXPECT_EQ(printable("abc", 0), "");
    EXPECT_EQ(printable(" \x1B\xC2\x9B ", 10), "");
}

TEST(printable_text, cuts_no_character_in_two) {
    const std::string said = "ab\u4E2Dcd";
    for (std::size_t limit = 0; limit <= said.size(); ++limit) {
        const std::string text = printable(said, limit);
        EXPECT_EQ(text, limit < 2   ? said.substr(0, limit)
                        : limit < 5 ? "ab"
                                    : said.substr(0, limit))
            << limit;
    }
}

TEST(json_text, escapes_each_control_character) {
    for (const char32_t code : characters()) {
        const std::string character = utf8(code);
        const bool has_backslash = code == '"' || code == '\\';
        const std::string written = is_control(code) ? fmt::format("\\u{:04x}", static_cast<unsigned>(code))
                                                     : (has_backslash ? "\\" : "") + character;
        ASSERT_EQ(json_string("a" + character + "b"), "\"a" + written + "b\"") << static_cast<unsigned>(code);
    }
}

TEST(json_text, of_somebody_else_keeps_its_value_and_loses_its_controls) {
    const std::string said =
        "{\"a\x7F\xC2\x9B\":[\"\xE2\x80\xAE\",\"\\u202e\\\\\", 1.5, null "
        "],\"\u4E2D\u2013\":\"\xD8\x9C\xE2\x80\xA8\"}";
    ASSERT_TRUE(is_json_line(said));
    EXPECT_EQ(json_line(said),
              "{\"a\\u007f\\u009b\":[\"\\u202e\",\"\\u202e\\\\\", 1.5, null "
              "],\"\u4E2D\u2013\":\"\\u061c\\u2028\"}");
    EXPECT_TRUE(is_json_line(json_line(said)));
}

}  // namespace
}  // namespace tmq::text
