#include "built_message.hpp"
#include "support/refusal.hpp"
#include "tmq/row.hpp"

#include <gtest/gtest.h>

#include <string>
#include <type_traits>
#include <vector>

namespace tmq {
namespace {

using namespace test;

built_message two_meters() {
    return one_block(2, {fixed_column("Voltage", data_type::integer, 4, {220, std::nullopt}),
                         bytes_column("location", data_type::varchar, {"a place with a long name", "b"})});
}

static_assert(!std::is_convertible_v<row_view, row> && std::is_constructible_v<row, row_view>);

TEST(owned_row, outlives_the_message) {
    std::vector<row> kept;
    {
        const built_message message = two_meters();
        for (const row_view one : message.block().dynamic_rows())
            kept.push_back(one.to_owned());
    }
    ASSERT_EQ(kept.size(), 2U);
    EXPECT_EQ(kept[0][0], value(220));
    EXPECT_EQ(kept[0]["location"], value("a place with a long name"));
    EXPECT_TRUE(kept[1]["Voltage"].is_null());
    EXPECT_EQ(to_json(kept[1]), R"({"Voltage":null,"location":"b"})");
}

TEST(owned_row, has_its_columns_by_index_by_name_and_in_order) {
    const built_message message = two_meters();
    const row first(message.block().dynamic_rows()[0]);
    ASSERT_EQ(first.size(), 2U);
    EXPECT_EQ(first.name(0), "Voltage");
    EXPECT_EQ(first["VOLTAGE"], value(220));
    std::string seen;
    for (const auto& [name, cell] : first)
        seen += name + '=' + to_string(cell) + ' ';
    EXPECT_EQ(seen, "Voltage=220 location=a place with a long name ");
    EXPECT_TRUE(row().empty());
    EXPECT_EQ(to_json(row()), "{}");
}

TEST(owned_row, takes_the_exact_name_first) {
    const row cases({{"Volt", 1}, {"volt", 2}, {"VOLT", 3}});
    EXPECT_EQ(cases["volt"], value(2));
    EXPECT_EQ(cases["vOLT"], value(1));
}

TEST(owned_row, refuses_a_column_that_it_does_not_have) {
    const row one({{"a", 1}});
    const refusal behind = refusal_of([&] { (void)one[1]; });
    EXPECT_EQ(behind.code, errc::no_such_column);
    EXPECT_TRUE(behind.says("column 1 of 1")) << behind.text;
    EXPECT_EQ(refusal_of([&] { (void)one.name(1); }).code, errc::no_such_column);
    const refusal unknown = refusal_of([&] { (void)one["b"]; });
    EXPECT_EQ(unknown.code, errc::no_such_column);
    EXPECT_TRUE(unknown.says("column 'b'")) << unknown.text;
}

TEST(owned_row, equals_a_row_with_the_same_names_and_values) {
    const built_message message = two_meters();
    const dynamic_row_range rows = message.block().dynamic_rows();
    EXPECT_EQ(rows[0], rows[0]);
    EXPECT_NE(rows[0], rows[1]);
    EXPECT_EQ(row(rows[0]), rows[0]);
    EXPECT_EQ(rows[0], row(rows[0]));
    EXPECT_NE(row(rows[0]), rows[1]);
    EXPECT_NE(row({{"a", 1}}), row({{"b", 1}}));
    EXPECT_NE(row({{"a", 1}}), row({{"a", 1}, {"b", 1}}));
}

TEST(owned_row, is_ordered_by_the_first_column_that_differs) {
    EXPECT_LT(row({{"a", 1}, {"b", 9}}), row({{"a", 2}, {"b", 1}}));
    EXPECT_LT(row({{"a", 1}}), row({{"a", 1}, {"b", 1}}));
    EXPECT_LT(row({{"a", 2}}), row({{"b", 1}}));
    const built_message message = two_meters();
    const dynamic_row_range rows = message.block().dynamic_rows();
    EXPECT_GT(rows[0], rows[1]) << "null is first";
}

}  // namespace
}  // namespace tmq
