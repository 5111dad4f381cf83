#include "tmq/block.hpp"

#include "built_message.hpp"
#include "support/refusal.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace tmq {
namespace {

using namespace test;

column_spec number(const std::string& name, std::uint64_t value) {
    return fixed_column(name, data_type::integer, 4, {value});
}

TEST(block_view, tells_its_table_size_and_columns) {
    const built_message message = one_block(2, {fixed_column("ts", data_type::timestamp, 8, {1, 2}),
                                                bytes_column("location", data_type::varchar, {"a", "b"})});
    const block_view block = message.block();
    EXPECT_EQ(block.table_name(), "d1001");
    EXPECT_EQ(block.row_count(), 2U);
    EXPECT_EQ(block.column_count(), 2U);
    EXPECT_EQ(block.column_name(0), "ts");
    EXPECT_EQ(block.column_name(1), "location");
    EXPECT_EQ(block.column_type(0), data_type::timestamp);
    EXPECT_EQ(block.column_type(1), data_type::varchar);
}

TEST(block_view, finds_a_column_by_its_exact_name_first) {
    const built_message message = one_block(1, {number("Volt", 1), number("volt", 2), number("VOLT", 3)});
    EXPECT_EQ(message.block().find_column("Volt"), 0U);
    EXPECT_EQ(message.block().find_column("volt"), 1U);
    EXPECT_EQ(message.block().find_column("VOLT"), 2U);
    EXPECT_EQ(message.block().column<std::int32_t>("volt")[0], 2);
}

TEST(block_view, finds_a_column_without_regard_to_ascii_case_else) {
    const built_message message = one_block(
        1, {number("x", 0), number("Voltage_Z", 1), number("VOLTAGE_Z", 2), number("\xC3\x89t\xC3\xA9", 3)});
    EXPECT_EQ(message.block().find_column("voltage_z"), 1U) << "the first that matches";
    EXPECT_EQ(message.block().find_column("X"), 0U);
    EXPECT_EQ(message.block().find_column("\xC3\x89T\xC3\xA9"), 3U);
    EXPECT_EQ(message.block().find_column("\xC3\xA9t\xC3\xA9"), std::nullopt)
        << "only ASCII letters have a case";
}

TEST(block_view, does_not_take_other_characters_for_letters) {
    // These pairs differ by the bit that tells upper from lower case.
    for (const char c : {'@', '[', '\\', ']', '^', '_', '!'}) {
        const built_message message = one_block(1, {number(std::string(1, c), 0)});
        EXPECT_EQ(message.block().find_column(std::string(1, c)), 0U);
        EXPECT_EQ(message.block().find_column(std::string(1, static_cast<char>(c ^ 0x20))), std::nullopt)
            << c;
    }
}

TEST(block_view, finds_no_column_by_a_part_of_its_name) {
    const built_message message = one_block(1, {number("volt", 1)});
    for (const std::string_view name : {"", "vol", "volts", "olt"}) {
        EXPECT_EQ(message.block().find_column(name), std::nullopt) << name;
    }
}

TEST(block_view, names_the_column_that_it_does_not_have) {
    const built_message message = one_block(1, {number("a", 1), number("b", 2)});
    const refusal by_name = refusal_of([&] { message.block().column<std::int32_t>("volt"); });
    EXPECT_EQ(by_name.code, errc::no_such_column);
    EXPECT_TRUE(by_name.says("column 'volt'")) << by_name.text;
    const auto expect_no_column_2 = [](const refusal& by_index) {
        EXPECT_EQ(by_index.code, errc::no_such_column);
        EXPECT_TRUE(by_index.says("column 2 of 2")) << by_index.text;
    };
    expect_no_column_2(refusal_of([&] { message.block().column<std::int32_t>(2); }));
    expect_no_column_2(refusal_of([&] { message.block().column_name(2); }));
    expect_no_column_2(refusal_of([&] { message.block().column_type(2); }));
    expect_no_column_2(refusal_of([&] { (void)message.block().is_null(0, 2); }));
    EXPECT_EQ(refusal_of([&] { message.block().column_type(static_cast<std::size_t>(-1)); }).code,
              errc::no_such_column);
}

TEST(block_view, of_a_query_topic_has_no_table_name) {
    message_spec spec;
    spec.blocks.push_back(block_of(1, {number("a", 1)}));
    spec.with_table_name = false;
    EXPECT_EQ(built_message(spec).block().table_name(), "");
}

TEST(block_view, without_schema_has_columns_by_index_only) {
    message_spec spec;
    spec.blocks.push_back(block_of(1, {number("a", 1), number("b", 2)}));
    spec.with_schema = false;
    const built_message message(spec);
    EXPECT_EQ(message.block().column_name(1), "");
    EXPECT_EQ(message.block().column<std::int32_t>(1)[0], 2);
    EXPECT_EQ(message.block().find_column("a"), std::nullopt);
}

TEST(block_view, has_its_own_columns_among_those_of_its_message) {
    message_spec spec;
    spec.blocks.push_back(block_of(1, {number("a", 1), number("b", 2)}));
    spec.blocks.push_back(block_of(1, {number("b", 3)}));
    const built_message message(spec);
    EXPECT_EQ(message.block(0).column<std::int32_t>("b")[0], 2);
    EXPECT_EQ(message.block(1).column<std::int32_t>("b")[0], 3);
    EXPECT_EQ(message.block(1).column<std::int32_t>(0)[0], 3);
    EXPECT_EQ(message.block(1).find_column("a"), std::nullopt);
    EXPECT_EQ(refusal_of([&] { message.block(1).column<std::int32_t>(1); }).code, errc::no_such_column);
}

}  // namespace
}  // namespace tmq
