#include "tmq/testing/message.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tmq::test {
namespace {

using testing::block_builder;
using testing::make_message;
using testing::message_options;

block_builder meters(const std::string& table = "d0", int rows = 2) {
    block_builder block;
    block.table(table).column("ts", data_type::timestamp).column("voltage", data_type::integer);
    block.column("place", data_type::nchar, 16).decimal_column("price", 10, 2);
    for (int i = 0; i < rows; ++i)
        block.row(1'700'000'000'000 + i, 220 + i, "h\u00e4ll", "19.90");
    return block;
}

create_table new_child() {
    created_table table;
    table.kind = table_kind::child;
    table.name = "d9";
    table.super_table = "meters";
    return create_table{{table}};
}

TEST(made_message, has_everything_that_a_received_one_has) {
    const message made =
        make_message(message_options("topic_meters").database("power").vgroup(3).offset(17), meters());
    EXPECT_FALSE(made.empty());
    EXPECT_EQ(made.topic(), "topic_meters");
    EXPECT_EQ(made.database(), "power");
    EXPECT_EQ(made.vgroup(), 3);
    EXPECT_EQ(made.offset(), 17);
    EXPECT_EQ(made.next_offset(), 18);
    EXPECT_EQ(made.kind(), message_kind::data);
    EXPECT_EQ(made.raw_type(), 2);
    EXPECT_FALSE(made.raw().empty());
    EXPECT_TRUE(made.metas().empty());
    EXPECT_EQ(made.row_count(), 2U);
    ASSERT_EQ(made.blocks().size(), 1U);
    const block_view block = made.blocks()[0];
    EXPECT_EQ(block.table_name(), "d0");
    EXPECT_EQ(block.column<std::int32_t>("voltage")[1], 221);
    EXPECT_EQ(block.column<std::string_view>("place")[0], "h\u00e4ll");
    EXPECT_EQ(to_string(block.column<decimal>("price")[0]), "19.90");
}

TEST(made_message, has_defaults_for_what_is_not_set) {
    const message made = make_message(message_options("topic"), meters());
    EXPECT_EQ(made.database(), "test");
    EXPECT_EQ(made.vgroup(), 1);
    EXPECT_EQ(made.offset(), 0);
    EXPECT_EQ(made.next_offset(), 1);
}

TEST(made_message, keeps_its_views_when_it_moves) {
    message made = make_message(message_options("topic"), meters());
    const auto places = made.blocks()[0].column<std::string_view>("place");
    const message moved = std::move(made);
    EXPECT_EQ(places[1], "h\u00e4ll");
    EXPECT_EQ(moved.row_count(), 2U);
}

TEST(made_message, has_each_block_that_has_rows) {
    const std::vector<block_builder> blocks{meters("d0", 1), meters("d1", 0), meters("d2", 3)};
    const message made = make_message(message_options("topic").offset(5).next_offset(9), blocks);
    ASSERT_EQ(made.blocks().size(), 2U);
    EXPECT_EQ(made.blocks()[0].table_name(), "d0");
    EXPECT_EQ(made.blocks()[1].table_name(), "d2");
    EXPECT_EQ(made.row_count(), 4U);
    EXPECT_EQ(made.next_offset(), 9);
}

TEST(made_message, has_no_table_names_if_no_block_has_one) {
    const message made = make_message(message_options("topic"), meters(""));
    EXPECT_EQ(made.blocks()[0].table_name(), "");
    EXPECT_EQ(made.row_count(), 2U);
}

TEST(made_message, of_a_table_change_has_one_offset) {
    const meta change = drop_table{table_kind::super, {"meters"}};
    const message made = make_message(message_options("topic").offset(30), change);
    EXPECT_EQ(made.kind(), message_kind::metadata);
    EXPECT_EQ(made.offset(), 30);
    EXPECT_EQ(made.next_offset(), 30);
    EXPECT_EQ(made.row_count(), 0U);
    ASSERT_EQ(made.metas().size(), 1U);
    EXPECT_EQ(std::get<drop_table>(made.metas()[0]).names, std::vector<std::string>{"meters"});
}

TEST(made_message, has_several_table_changes_in_order) {
    const std::vector<meta> changes{drop_table{table_kind::super, {"first"}},
                                    drop_table{table_kind::super, {"second"}}};
    const message made = make_message(message_options("topic"), changes);
    ASSERT_EQ(made.metas().size(), 2U);
    EXPECT_EQ(std::get<drop_table>(made.metas()[1]).names, std::vector<std::string>{"second"});
}

TEST(made_message, has_rows_and_the_tables_that_inserting_them_has_created) {
    const message made = make_message(message_options("topic").offset(4), new_child(), meters("d9"));
    EXPECT_EQ(made.kind(), message_kind::metadata_and_data);
    EXPECT_EQ(made.row_count(), 2U);
    EXPECT_EQ(made.next_offset(), 5);
    ASSERT_EQ(made.metas().size(), 1U);
    EXPECT_EQ(std::get<create_table>(made.metas()[0]).tables[0].name, "d9");
}

TEST(made_message, of_a_snapshot_has_no_next_offset) {
    const message made = make_message(message_options("topic").snapshot(), meters());
    EXPECT_EQ(made.next_offset(), std::nullopt);
    EXPECT_LT(made.offset(), 0);
    EXPECT_EQ(made.row_count(), 2U);
    EXPECT_EQ(made.blocks()[0].table_name(), "d0");
}

TEST(made_message, cannot_be_what_no_server_sends) {
    const block_builder rows = meters();
    const meta change = drop_table{table_kind::super, {"meters"}};
    const auto refuses = [](const message_options& options, const auto& contents) {
        EXPECT_THROW(make_message(options, contents), std::invalid_argument);
    };
    refuses(message_options("topic"), meters("d0", 0));
    refuses(message_options("topic"), std::vector<block_builder>{});
    refuses(message_options("topic"), std::vector<meta>{});
    refuses(message_options(""), rows);
    refuses(message_options(std::string(300, 'x')), rows);
    refuses(message_options("topic").database(std::string(300, 'x')), rows);
    refuses(message_options("topic").vgroup(0), rows);
    refuses(message_options("topic").vgroup(-1), change);
    refuses(message_options("topic").offset(-1), rows);
    refuses(message_options("topic").offset(-1), change);
    refuses(message_options("topic").offset(std::numeric_limits<std::int64_t>::max()), rows);
    refuses(message_options("topic").offset(5).next_offset(5), rows);
    refuses(message_options("topic").offset(5).next_offset(6), change);
    refuses(message_options("topic").snapshot(), change);
    refuses(message_options("topic").snapshot().offset(1), rows);
    refuses(message_options("topic").snapshot(), meters("d0", 0));
    EXPECT_THROW(make_message(message_options("topic").snapshot(), new_child(), rows), std::invalid_argument);
}

}  // namespace
}  // namespace tmq::test
