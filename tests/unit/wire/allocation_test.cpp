#include "printing.hpp"
#include "support/allocation_counter.hpp"
#include "support/captures.hpp"
#include "support/message_builder.hpp"
#include "wire/data_message.hpp"
#include "wire/envelope.hpp"

#include <gtest/gtest.h>

namespace tmq::wire {
namespace {

using namespace test;

TEST(allocation, is_not_needed_for_a_second_message_like_the_first) {
    if (!counts_allocations()) GTEST_SKIP() << "allocations cannot be counted here";
    for (const char* transcript :
         {"v3.3.5/types_ms_stable.jsonl", "v3.3.5/meters_select.jsonl", "v3.3.5/decimal.jsonl",
          "v3.3.5/json_tag.jsonl", "v3.4.1/json_tag.jsonl", "v3.4.1/blob.jsonl"}) {
        const auto frame = load_binary_frames(transcript).front();
        detail::message_layout layout;
        fetch_reply reply;
        ASSERT_EQ(parse_fetch_raw_data(frame, reply), defect{});

        const allocation_counter first;
        ASSERT_EQ(parse_data_message(reply.raw, layout), defect{});
        EXPECT_GT(first.count(), 0U);

        const allocation_counter second;
        const defect envelope_error = parse_fetch_raw_data(frame, reply);
        const defect message_error = parse_data_message(reply.raw, layout);
        EXPECT_EQ(second.count(), 0U);
        EXPECT_EQ(envelope_error, defect{});
        EXPECT_EQ(message_error, defect{});
    }
}

TEST(allocation, is_not_made_for_counts_that_the_message_has_no_room_for) {
    block_spec block;
    block.rows = 1;
    block.columns.push_back(fixed_column("c", data_type::boolean, 1, {1}));
    message_spec spec;
    spec.blocks = {block};
    const byte_builder message = build_message(spec);

    for (const auto& hostile : {byte_builder(message).patch("block_count", byte_builder().i32(0x7FFF'FFFF)),
                                byte_builder(message).patch("block_count", byte_builder().i32(2))}) {
        detail::message_layout layout;
        const allocation_counter counter;
        const defect error = parse_data_message(hostile.bytes(), layout);
        EXPECT_EQ(counter.count(), 0U);
        EXPECT_EQ(error.code, defect_code::block_count_invalid);
    }
    detail::message_layout layout;
    const byte_builder columns = byte_builder(message).patch("0.block.columns", byte_builder().i32(4096));
    const allocation_counter counter;
    EXPECT_EQ(parse_data_message(columns.bytes(), layout).code, defect_code::truncated);
    EXPECT_LT(counter.bytes(), 100U);
}

TEST(allocation, stays_proportional_to_the_message) {
    // The cheapest way to ask for memory: columns without any data but their share of the null bitmap.
    block_spec block;
    block.rows = 1;
    block.columns.assign(4096, null_column("", 1));
    message_spec spec;
    spec.blocks.assign(20, block);
    spec.with_schema = false;
    const byte_builder message = build_message(spec);
    detail::message_layout layout;
    const allocation_counter counter;
    const defect error = parse_data_message(message.bytes(), layout);
    EXPECT_LT(counter.bytes(), 20 * message.size());
    EXPECT_EQ(error, defect{});
}

std::size_t bytes_for_json(const std::vector<std::optional<byte_builder>>& cells) {
    block_spec block;
    block.rows = static_cast<std::uint32_t>(cells.size());
    block.columns.push_back(json_column("j", cells));
    message_spec spec;
    spec.blocks.push_back(block);
    spec.with_schema = false;
    const byte_builder message = build_message(spec);
    detail::message_layout layout;
    const allocation_counter counter;
    const defect error = parse_data_message(message.bytes(), layout);
    EXPECT_EQ(error, defect{});
    return counter.bytes() / message.size();
}

TEST(allocation, stays_proportional_to_the_json_that_grows_most) {
    // What becomes longest: nulls, which take a byte, and control characters, which take one in a key and
    // four in a string.
    EXPECT_LT(bytes_for_json(std::vector<std::optional<byte_builder>>(10'000, byte_builder().u8(0))), 20U);
    const std::string key(256, '\x01');
    const std::u32string text(4'000, U'\x01');
    EXPECT_LT(
        bytes_for_json(std::vector<std::optional<byte_builder>>(100, tag_set({json_string(key, text)}))),
        20U);
    EXPECT_LT(bytes_for_json(std::vector<std::optional<byte_builder>>(1'000, tag_set({json_null(key)}))),
              40U);
}

TEST(allocation, is_not_made_for_every_row_that_shares_a_cell) {
    // A thousand rows with one text of 64 KB.
    const byte_builder cell = byte_builder().u8(10).u16(0xFFFC).raw(std::vector<std::uint8_t>(0xFFFC));
    block_spec block;
    block.rows = 1'000;
    block.columns.push_back(column_of_cells("j", data_type::json, std::vector<std::int64_t>(1'000, 0), cell));
    message_spec spec;
    spec.blocks.push_back(block);
    const byte_builder message = build_message(spec);
    detail::message_layout layout;
    const allocation_counter counter;
    const defect error = parse_data_message(message.bytes(), layout);
    EXPECT_EQ(error, defect{});
    EXPECT_LT(counter.bytes(), 20 * message.size());
}

}  // namespace
}  // namespace tmq::wire
