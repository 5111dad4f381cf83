#include "wire/meta/meta_message.hpp"

#include "meta_builder.hpp"
#include "printing.hpp"

#include <gtest/gtest.h>

#include <string>

namespace tmq::wire {
namespace {

using namespace test;

std::vector<meta> read(std::uint16_t raw_type, const byte_builder& message) {
    std::vector<meta> changes;
    const exact_bytes raw(message.bytes());
    EXPECT_EQ(parse_meta_message(raw_type, raw.view(), changes), defect{});
    return changes;
}

defect refusal(std::uint16_t raw_type, const byte_builder& message) {
    std::vector<meta> changes(2);
    const exact_bytes raw(message.bytes());
    const defect error = parse_meta_message(raw_type, raw.view(), changes);
    EXPECT_TRUE(changes.empty());
    return error;
}

byte_builder dropped_table(std::string_view name, bool with_more = false) {
    byte_builder item;
    item.cstr(name).u64(55).u64(77).u8(0);
    if (with_more) item.u8(1).text("more");
    return with_length(item);
}

byte_builder dropped_tables(const std::vector<byte_builder>& items) {
    byte_builder content;
    content.zigzag(static_cast<std::int64_t>(items.size()));
    for (const auto& item : items)
        content.raw(item.bytes());
    return with_head(with_length(content));
}

byte_builder dropped_super_table(std::string_view name) {
    return with_head(with_length(byte_builder().cstr(name).u64(55)));
}

byte_builder deletion(std::string_view table, std::string_view column, std::int64_t first, std::int64_t last,
                      std::size_t ids = 1) {
    byte_builder content;
    content.u64(55).zigzag(static_cast<std::int64_t>(ids));
    for (std::size_t i = 0; i < ids; ++i)
        content.u64(i);
    content.i64(first).i64(last).zigzag(3).cstr(table).cstr(column);
    return content;
}

byte_builder whole_deletion() { return with_head(deletion("t", "ts", 1, 2).i64(1700000000000).u8(0)); }

TEST(dropped_tables, come_several_at_once) {
    const auto changes =
        read(raw_type_dropped_tables, dropped_tables({dropped_table("a"), dropped_table("b")}));
    EXPECT_EQ(changes, (std::vector<meta>{drop_table{table_kind::unspecified, {"a", "b"}}}));
}

TEST(dropped_tables, may_have_more_behind_each_than_this_version_knows) {
    const auto changes =
        read(raw_type_dropped_tables, dropped_tables({dropped_table("a", true), dropped_table("b", true)}));
    EXPECT_EQ(changes, (std::vector<meta>{drop_table{table_kind::unspecified, {"a", "b"}}}));
}

TEST(dropped_super_table, is_said_to_be_one) {
    EXPECT_EQ(read(raw_type_dropped_super_table, dropped_super_table("s")),
              (std::vector<meta>{drop_table{table_kind::super, {"s"}}}));
}

TEST(deletion, has_its_range_and_the_statement) {
    const auto changes =
        read(raw_type_deletion, with_head(deletion("t", "ts", INT64_MIN, INT64_MAX, 2).i64(0).u8(0)));
    delete_data expected;
    expected.sql = "delete from `t` where `ts` >= -9223372036854775808 and `ts` <= 9223372036854775807";
    expected.range = delete_data::time_range{"t", "ts", INT64_MIN, INT64_MAX};
    EXPECT_EQ(changes, std::vector<meta>{expected});
}

TEST(deletion, has_its_whole_statement_however_long_the_names) {
    const std::string table(192, 't');
    const std::string column(64, 'c');
    const auto changes = read(raw_type_deletion, with_head(deletion(table, column, 1, 2)));
    ASSERT_EQ(changes.size(), 1U);
    EXPECT_EQ(std::get<delete_data>(changes[0]).sql,
              "delete from `" + table + "` where `" + column + "` >= 1 and `" + column + "` <= 2");
}

TEST(deletion, ends_where_its_server_did_not_know_more) {
    for (const auto& end : {byte_builder(), byte_builder().i64(5), byte_builder().i64(5).u8(1),
                            byte_builder().i64(5).u8(1).text("more")})
        EXPECT_EQ(read(raw_type_deletion, with_head(deletion("t", "ts", 1, 2).append(end))).size(), 1U);
    EXPECT_EQ(refusal(raw_type_deletion, with_head(deletion("t", "ts", 1, 2).u8(0))).code,
              defect_code::truncated);
}

TEST(batch, has_its_changes_in_order) {
    const auto changes =
        read(raw_type_batch_meta,
             batch({batch_item(raw_type_dropped_super_table, dropped_super_table("s")),
                    batch_item(raw_type_deletion, whole_deletion()),
                    batch_item(raw_type_dropped_tables, dropped_tables({dropped_table("a")}))}));
    ASSERT_EQ(changes.size(), 3U);
    EXPECT_EQ(changes[0], (meta{drop_table{table_kind::super, {"s"}}}));
    EXPECT_TRUE(std::holds_alternative<delete_data>(changes[1]));
    EXPECT_EQ(changes[2], (meta{drop_table{table_kind::unspecified, {"a"}}}));
}

TEST(batch, may_be_empty) { EXPECT_TRUE(read(raw_type_batch_meta, batch({})).empty()); }

TEST(batch, may_tell_where_in_the_log_each_change_stands) {
    byte_builder item;
    for (int i = 0; i < 33; ++i)
        item.u8(static_cast<std::uint64_t>(i));
    const byte_builder message = dropped_super_table("s");
    item.u8(0x11).i64(42).u16(raw_type_dropped_super_table).varint(message.size()).raw(message.bytes());
    EXPECT_EQ(read(raw_type_batch_meta, batch({item})).size(), 1U);
}

TEST(batch, keeps_a_change_of_an_unknown_type_as_it_came) {
    const auto changes = read(raw_type_batch_meta,
                              batch({batch_item(600, byte_builder().text("abc")),
                                     batch_item(raw_type_dropped_super_table, dropped_super_table("s"))}));
    ASSERT_EQ(changes.size(), 2U);
    const auto* unknown = std::get_if<unknown_meta>(&changes[0]);
    ASSERT_NE(unknown, nullptr);
    EXPECT_EQ(unknown->raw_type, 600);
    EXPECT_EQ(unknown->raw.size(), 3U);
}

TEST(meta_message, of_an_unknown_type_is_kept_as_it_came) {
    const auto changes = read(7, byte_builder().text("abc"));
    ASSERT_EQ(changes.size(), 1U);
    EXPECT_EQ(std::get<unknown_meta>(changes[0]).raw_type, 7);
    EXPECT_EQ(read(0xFFFF, byte_builder()).size(), 1U);
}

TEST(meta_message, is_not_one_of_the_types_that_have_rows) {
    for (const int raw_type : {0, 1, 2, 3, 4, 6})
        EXPECT_EQ(refusal(static_cast<std::uint16_t>(raw_type), whole_deletion()),
                  (defect{defect_code::meta_type_invalid, 0}))
            << raw_type;
}

TEST(meta_message, leaves_nothing_of_an_earlier_one) {
    std::vector<meta> changes(5);
    const byte_builder message = dropped_super_table("s");
    ASSERT_EQ(parse_meta_message(raw_type_dropped_super_table, message.bytes(), changes), defect{});
    EXPECT_EQ(changes.size(), 1U);
}

}  // namespace
}  // namespace tmq::wire
