#include "tmq/message.hpp"

#include "support/message_builder.hpp"
#include "support/refusal.hpp"
#include "tmq/partition_offset.hpp"
#include "wire/data_message.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <span>
#include <string_view>
#include <utility>

namespace tmq {
namespace {

using namespace test;

message_spec two_blocks() {
    message_spec spec;
    spec.blocks.resize(2);
    spec.blocks[0].rows = 2;
    spec.blocks[0].table = "d1001";
    spec.blocks[0].columns.push_back(nchar_column("place", {U"caf\u00E9", std::nullopt}));
    spec.blocks[1].rows = 1;
    spec.blocks[1].table = "d1002";
    spec.blocks[1].columns.push_back(fixed_column("voltage", data_type::integer, 4, {220}));
    return spec;
}

message received(const byte_builder& bytes) {
    message result;
    detail::message_content& content = detail::message_access::content(result);
    content.topic = "meters";
    content.database = "power";
    content.vgroup = 4;
    content.message_id = 1;
    content.poll_offset = 7;
    content.bytes.grow(bytes.size(), 0);
    std::memcpy(content.bytes.data(), bytes.bytes().data(), bytes.size());
    EXPECT_FALSE(wire::parse_data_message({content.bytes.data(), bytes.size()}, content.layout));
    return result;
}

TEST(message, is_empty_until_it_was_polled_into) {
    const message nothing;
    EXPECT_TRUE(nothing.empty());
    EXPECT_EQ(nothing.row_count(), 0U);
    EXPECT_TRUE(nothing.blocks().empty());
    EXPECT_EQ(nothing.blocks().begin(), nothing.blocks().end());
    EXPECT_EQ(nothing.next_offset(), std::nullopt);
    EXPECT_EQ(nothing.partition(), topic_partition("", 0));
    EXPECT_EQ(refusal_of([&] { (void)nothing.next(); }).code, errc::no_exact_offset);
}

TEST(message, tells_where_it_comes_from_and_where_the_next_one_starts) {
    const message polled = received(build_message(two_blocks()));
    EXPECT_FALSE(polled.empty());
    EXPECT_EQ(polled.topic(), "meters");
    EXPECT_EQ(polled.database(), "power");
    EXPECT_EQ(polled.vgroup(), 4);
    EXPECT_EQ(polled.offset(), 7);
    EXPECT_EQ(polled.next_offset(), 11);
    EXPECT_EQ(polled.partition(), topic_partition("meters", 4));
    EXPECT_EQ(polled.next(), partition_offset("meters", 4, 11));
}

TEST(message, has_no_next_offset_when_it_came_from_a_snapshot) {
    const auto snapshot = byte_builder().u8(0x12).i64(1).i64(2).u8(5).i64(0);
    const message polled = received(
        versioned_head(byte_builder().append(snapshot).append(snapshot)).append(build_body(two_blocks())));
    EXPECT_EQ(polled.row_count(), 3U);
    EXPECT_EQ(polled.next_offset(), std::nullopt);
    EXPECT_EQ(polled.partition(), topic_partition("meters", 4));
    EXPECT_EQ(refusal_of([&] { (void)polled.next(); }).code, errc::no_exact_offset);
}

TEST(message, gives_its_blocks_in_the_order_of_the_server) {
    const message polled = received(build_message(two_blocks()));
    ASSERT_EQ(polled.blocks().size(), 2U);
    EXPECT_EQ(polled.row_count(), 3U);
    EXPECT_EQ(polled.blocks()[0].table_name(), "d1001");
    EXPECT_EQ(polled.blocks()[1].table_name(), "d1002");
    std::string tables;
    for (const block_view block : polled.blocks())
        tables += std::string(block.table_name()) + '|';
    EXPECT_EQ(tables, "d1001|d1002|");
}

TEST(message, keeps_its_views_valid_when_it_moves) {
    message polled = received(build_message(two_blocks()));
    const auto places = polled.blocks()[0].column<std::optional<std::string_view>>("place");
    const auto voltages = polled.blocks()[1].column<std::int32_t>("voltage");
    message moved = std::move(polled);
    EXPECT_EQ(places[0], "caf\xC3\xA9");
    EXPECT_EQ(voltages[0], 220);
    message swapped = received(build_message(message_spec()));
    std::swap(moved, swapped);
    EXPECT_EQ(places[0], "caf\xC3\xA9");
    EXPECT_EQ(places[1], std::nullopt);
    EXPECT_EQ(voltages[0], 220);
    EXPECT_EQ(swapped.blocks()[0].column_name(0), "place");
}

}  // namespace
}  // namespace tmq
