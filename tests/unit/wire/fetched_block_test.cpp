#include "wire/fetched_block.hpp"

#include "printing.hpp"
#include "support/layout_access.hpp"
#include "support/message_builder.hpp"
#include "wire/block.hpp"

#include <gtest/gtest.h>

#include <deque>

namespace tmq::wire {
namespace {

using namespace test;

block_spec meters() {
    block_spec spec;
    spec.rows = 2;
    spec.columns.push_back(fixed_column("ts", data_type::timestamp, 8, {1, 2}));
    spec.columns.push_back(nchar_column("place", {U"\u6587", std::nullopt}));
    spec.columns.push_back(bytes_column("info", data_type::json, {R"({"k":1})", std::nullopt}));
    return spec;
}

std::uint8_t number_of(data_type type) { return static_cast<std::uint8_t>(type); }

const std::vector<field_schema> meters_fields = {{"ts", number_of(data_type::timestamp)},
                                                 {"place", number_of(data_type::nchar)},
                                                 {"info", number_of(data_type::json)}};

block_schema meters_schema() { return {"d0", 2, 1, meters_fields}; }

/// Blocks and their layout.
struct appended {
    defect append(const byte_builder& block, const block_schema& schema) {
        frames.emplace_back(block.bytes());
        return append_block(frames.back().view(), schema, layout);
    }

    std::deque<exact_bytes> frames;
    detail::message_layout layout;
};

TEST(fetched_block, has_the_names_and_the_precision_of_its_schema) {
    appended message;
    ASSERT_EQ(message.append(build_block(meters()), meters_schema()), defect{});
    ASSERT_EQ(message.layout.blocks.size(), 1U);
    EXPECT_EQ(message.layout.blocks[0].table_name, "d0");
    EXPECT_EQ(message.layout.blocks[0].precision, time_precision::microseconds);
    EXPECT_EQ(column_of(message.layout, 0, 0).name, "ts");
    EXPECT_EQ(column_of(message.layout, 0, 1).name, "place");
    EXPECT_EQ(text_of(column_of(message.layout, 0, 1), 0), "\u6587");
    EXPECT_EQ(text_of(column_of(message.layout, 0, 2), 0), R"({"k":1})");
    EXPECT_EQ(text_of(column_of(message.layout, 0, 2), 1), std::nullopt);
}

TEST(fetched_block, keeps_names_that_the_schema_forgets) {
    appended message;
    {
        std::string table(192, 't');
        std::string column(64, 'c');
        const std::vector<field_schema> fields = {
            {column, meters_fields[0].type}, {"", meters_fields[1].type}, {column, meters_fields[2].type}};
        ASSERT_EQ(message.append(build_block(meters()), {table, 2, 0, fields}), defect{});
        table.assign(table.size(), 'x');
        column.assign(column.size(), 'x');
    }
    EXPECT_EQ(message.layout.blocks[0].table_name, std::string(192, 't'));
    EXPECT_EQ(column_of(message.layout, 0, 0).name, std::string(64, 'c'));
    EXPECT_EQ(column_of(message.layout, 0, 1).name, "");
}

TEST(fetched_block, joins_the_blocks_before_it_which_stay_as_they_are) {
    appended message;
    for (int i = 0; i < 200; ++i)
        ASSERT_EQ(message.append(build_block(meters()), meters_schema()), defect{});
    EXPECT_EQ(message.layout.rows, 400U);
    ASSERT_EQ(message.layout.blocks.size(), 200U);
    for (std::size_t i = 0; i < 200; ++i) {
        EXPECT_EQ(message.layout.blocks[i].first_column, 3 * i);
        EXPECT_EQ(message.layout.blocks[i].table_name, "d0");
        EXPECT_EQ(text_of(column_of(message.layout, i, 1), 0), "\u6587");
        EXPECT_EQ(column_of(message.layout, i, 1).name, "place");
    }
}

TEST(fetched_block, stays_where_it_is_when_the_layout_moves) {
    appended message;
    ASSERT_EQ(message.append(build_block(meters()), meters_schema()), defect{});
    const detail::message_layout moved = std::move(message.layout);
    EXPECT_EQ(text_of(column_of(moved, 0, 1), 0), "\u6587");
    EXPECT_EQ(column_of(moved, 0, 1).name, "place");
}

TEST(fetched_block, leaves_the_layout_as_it_was_when_it_is_refused) {
    appended message;
    ASSERT_EQ(message.append(build_block(meters()), meters_schema()), defect{});
    block_schema other = meters_schema();
    other.rows = 3;
    EXPECT_EQ(message.append(build_block(meters()), other), (defect{defect_code::block_header_rows, 8}));
    EXPECT_EQ(message.append(build_block(meters()).patch("type1", byte_builder().u8(22)), meters_schema()),
              (defect{defect_code::column_type_unknown, 33}));
    EXPECT_EQ(message.layout.blocks.size(), 1U);
    EXPECT_EQ(message.layout.columns.size(), 3U);
    EXPECT_EQ(message.layout.rows, 2U);
    EXPECT_EQ(column_of(message.layout, 0, 1).name, "place");
}

TEST(fetched_block, refuses_a_schema_of_another_block) {
    const byte_builder block = build_block(meters());
    block_schema schema = meters_schema();
    for (const std::int64_t rows :
         {std::int64_t{0}, std::int64_t{1}, std::int64_t{-2}, std::int64_t{0x1'0000'0002}}) {
        schema.rows = rows;
        EXPECT_EQ(appended().append(block, schema),
                  (defect{defect_code::block_header_rows, block.at("rows")}))
            << rows;
    }
    for (const std::int64_t precision : {std::int64_t{-1}, std::int64_t{3}, std::int64_t{0x1'0000'0000}}) {
        schema = meters_schema();
        schema.precision = precision;
        EXPECT_EQ(appended().append(block, schema), (defect{defect_code::precision_unknown, 0})) << precision;
    }
    schema = meters_schema();
    schema.fields = schema.fields.first(2);
    EXPECT_EQ(appended().append(block, schema),
              (defect{defect_code::schema_columns_mismatch, block.at("columns")}));
    std::vector<field_schema> fields = meters_fields;
    fields[2].type = number_of(data_type::varchar);
    schema.fields = fields;
    EXPECT_EQ(appended().append(block, schema),
              (defect{defect_code::schema_type_mismatch, block.at("type2")}));
}

TEST(fetched_block, of_json_in_binary_form_is_not_text) {
    block_spec spec;
    spec.rows = 1;
    spec.columns.push_back(json_column("j", {tag_set({json_string("a", U"b")})}));
    const std::vector<field_schema> fields = {{"j", number_of(data_type::json)}};
    const byte_builder block = build_block(spec);
    // 0x40 and the size's low byte read as a length.
    EXPECT_EQ(appended().append(block, {"", 1, 0, fields}),
              (defect{defect_code::cell_length_invalid, block.at("cells0")}));
}

}  // namespace
}  // namespace tmq::wire
