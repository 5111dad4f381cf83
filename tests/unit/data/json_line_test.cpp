#include "text/json.hpp"

#include <gtest/gtest.h>

#include <string>

namespace tmq::text {
namespace {

TEST(json_line, is_any_json_value_on_one_line) {
    for (const std::string_view text :
         {"{}", "[]", "null", "true", "false", "0", "-0", "12.5e-3", "1E+2", "-7", R"("")",
          R"("a\"\\\/\b\f\n\r\t\u00e9")", R"({"a":1})",
          R"( { "a" : [ 1 , 2.5 , { "b" : null } ] , "c" : "d" } )", "[[],{},[1]]", "\"\xE4\xB8\xAD\x7F\""})
        EXPECT_TRUE(is_json_line(text)) << text;
}

TEST(json_line, is_nothing_else) {
    for (const std::string_view text : {"",
                                        " ",
                                        "{",
                                        "}",
                                        "[",
                                        "]",
                                        "{]",
                                        "nul",
                                        "nullx",
                                        "True",
                                        "01",
                                        "-",
                                        "+1",
                                        ".5",
                                        "1.",
                                        "1e",
                                        "1e+",
                                        "0x10",
                                        "NaN",
                                        "\"",
                                        "\"a",
                                        "'a'",
                                        R"("\x")",
                                        R"("\u12")",
                                        R"("\u12g4")",
                                        R"("\)",
                                        "{a:1}",
                                        R"({"a"})",
                                        R"({"a":})",
                                        R"({"a":1,})",
                                        "[1,]",
                                        "[,1]",
                                        "[1 2]",
                                        R"({"a":1 "b":2})",
                                        "1 2",
                                        "{}{}",
                                        "\"a\nb\"",
                                        "{\n}",
                                        "[1,\t2]",
                                        "[1]\r",
                                        "\"\xFF\"",
                                        "\"\xC3\""})
        EXPECT_FALSE(is_json_line(text)) << text;
    EXPECT_FALSE(is_json_line(std::string_view("\"a\0b\"", 5)));
    EXPECT_FALSE(is_json_line(std::string_view("1\0", 2)));
}

TEST(json_line, is_not_nested_without_end) {
    const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
    EXPECT_TRUE(is_json_line(nested(64)));
    EXPECT_FALSE(is_json_line(nested(65)));
    EXPECT_FALSE(is_json_line(std::string(1'000'000, '[')));
    std::string objects;
    for (int i = 0; i < 65; ++i)
        objects += R"({"a":)";
    EXPECT_FALSE(is_json_line(objects + "1" + std::string(65, '}')));
}

TEST(json_line, is_refused_at_every_cut) {
    const std::string whole = R"({"a":[1.5e3,"x\u0041",true,null],"b":{"c":"d"}})";
    ASSERT_TRUE(is_json_line(whole));
    for (std::size_t size = 0; size < whole.size(); ++size)
        EXPECT_FALSE(is_json_line(std::string_view(whole).substr(0, size))) << size;
}

}  // namespace
}  // namespace tmq::text
