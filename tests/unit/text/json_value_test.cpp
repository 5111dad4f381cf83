#include "text/json_value.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

namespace tmq::text {
namespace {

json_value parsed(std::string_view text) {
    const auto value = json_value::parse(text);
    EXPECT_TRUE(value) << text;
    return value ? *value : *json_value::parse("null");
}

TEST(json_value, is_all_of_a_text_and_nothing_else) {
    for (const std::string_view text : {"null", " \t\r\n{ } \n", "[\n1,\r\n2\t]", "\"\"", "-0.5e+3", "true"})
        EXPECT_TRUE(json_value::parse(text)) << text;
    for (const std::string_view text :
         {"", " ", "{", "nul", "1 2", "[1,]", "01", "\"\n\"", "\"\xFF\"", "{\"a\"}", "\"\\u12g4\"", "[\v1]"})
        EXPECT_FALSE(json_value::parse(text)) << text;
}

TEST(json_value, has_one_type) {
    struct row {
        std::string_view text;
        bool is_string, is_boolean, is_integer, is_number, is_null, is_object, is_array;
    };
    for (const row& expected : {row{"\"1\"", true, false, false, false, false, false, false},
                                row{"true", false, true, false, false, false, false, false},
                                row{"7", false, false, true, true, false, false, false},
                                row{"7.0", false, false, false, true, false, false, false},
                                row{"null", false, false, false, false, true, false, false},
                                row{"{}", false, false, false, false, false, true, false},
                                row{"[]", false, false, false, false, false, false, true}}) {
        const json_value value = parsed(expected.text);
        EXPECT_EQ(value.string().has_value(), expected.is_string) << expected.text;
        EXPECT_EQ(value.boolean().has_value(), expected.is_boolean) << expected.text;
        EXPECT_EQ(value.integer().has_value(), expected.is_integer) << expected.text;
        EXPECT_EQ(value.number().has_value(), expected.is_number) << expected.text;
        EXPECT_EQ(value.is_null(), expected.is_null) << expected.text;
        EXPECT_EQ(value.is_object(), expected.is_object) << expected.text;
        EXPECT_EQ(value.is_array(), expected.is_array) << expected.text;
    }
}

TEST(json_value, gives_numbers_exactly_or_not_at_all) {
    EXPECT_EQ(parsed("9223372036854775807").integer(), std::numeric_limits<std::int64_t>::max());
    EXPECT_EQ(parsed("-9223372036854775808").integer(), std::numeric_limits<std::int64_t>::min());
    EXPECT_EQ(parsed("9223372036854775808").integer(), std::nullopt);
    EXPECT_EQ(parsed("1e3").integer(), std::nullopt);
    EXPECT_EQ(parsed("1E+3").number(), 1000.0);
    EXPECT_EQ(parsed("-0.1").number(), -0.1);
    EXPECT_EQ(parsed("1e999").number(), std::nullopt);
}

TEST(json_value, finds_members_by_their_names_and_the_first_of_them) {
    const json_value object = parsed(
        R"( { "a" : {"b":1} , "" : 2, "b":[{"b":3}], "\u0063\"":4, "b":5, "s":"x,}]\"{:", "n":-1.5e2 } )");
    EXPECT_EQ(object.member("a")->member("b")->integer(), 1);
    EXPECT_EQ(object.member("")->integer(), 2);
    EXPECT_TRUE(object.member("b")->is_array());
    EXPECT_EQ(object.member("c\"")->integer(), 4);
    EXPECT_EQ(object.member("s")->string(), "x,}]\"{:");
    EXPECT_EQ(object.member("n")->number(), -150.0);
    EXPECT_FALSE(object.member("c"));
    EXPECT_FALSE(parsed("[1]").member("a"));
    EXPECT_FALSE(parsed("{}").member("a"));
}

TEST(json_value, gives_the_items_of_an_array_until_it_is_stopped) {
    const json_value array = parsed(R"( [ 1, [2,[3]] ,"]",{"a":[4]},null , 5.5 ] )");
    EXPECT_EQ(array.size(), 6U);
    std::vector<std::string> items;
    EXPECT_TRUE(array.each([&](const json_value& item) { return items.push_back(item.compact()), true; }));
    EXPECT_EQ(items, (std::vector<std::string>{"1", "[2,[3]]", "\"]\"", R"({"a":[4]})", "null", "5.5"}));
    items.clear();
    EXPECT_FALSE(array.each(
        [&](const json_value& item) { return items.push_back(item.compact()), items.size() < 2; }));
    EXPECT_EQ(items.size(), 2U);
    EXPECT_EQ(parsed("[]").size(), 0U);
    EXPECT_FALSE(parsed("{}").each([](const json_value&) { return true; }));
}

}  // namespace
}  // namespace tmq::text
