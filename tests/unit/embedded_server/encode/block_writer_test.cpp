#include "embedded_server/encode/block_writer.hpp"
#include "support/captures.hpp"
#include "wire/data_message.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

namespace tmq::test {

using namespace testing;

namespace {

std::vector<std::uint8_t> to_u8(const std::vector<std::byte>& bytes) {
    std::vector<std::uint8_t> out;
    for (const std::byte one : bytes)
        out.push_back(std::to_integer<std::uint8_t>(one));
    return out;
}

/// The raw message in the reply of fetch_raw_data.
std::vector<std::uint8_t> raw_of(const std::vector<std::uint8_t>& reply) {
    return {reply.begin() + 56, reply.end()};
}

template <class T>
T load(const std::uint8_t* from) {
    T value;
    std::memcpy(&value, from, sizeof value);
    return value;
}

/// The value at a row of a parsed column; views into the message.
cell value_of(const detail::column_layout& column, std::uint32_t row) {
    if (is_variable(column.type)) {
        const auto offset = load<std::int32_t>(column.nulls + 4 * std::size_t{row});
        if (offset < 0) return nullptr;
        const std::uint8_t* const at = column.data + offset;
        const std::string_view bytes(reinterpret_cast<const char*>(at + 2), load<std::uint16_t>(at));
        if (column.type == data_type::varbinary || column.type == data_type::geometry)
            return bytes_view(reinterpret_cast<const std::byte*>(bytes.data()), bytes.size());
        return bytes;
    }
    if ((column.nulls[row >> 3] & (0x80 >> (row & 7))) != 0) return nullptr;
    switch (column.type) {
        case data_type::boolean: return column.data[row] != 0;
        case data_type::tinyint: return load<std::int8_t>(column.data + row);
        case data_type::unsigned_tinyint: return column.data[row];
        case data_type::smallint: return load<std::int16_t>(column.data + 2 * std::size_t{row});
        case data_type::unsigned_smallint: return load<std::uint16_t>(column.data + 2 * std::size_t{row});
        case data_type::integer: return load<std::int32_t>(column.data + 4 * std::size_t{row});
        case data_type::unsigned_integer: return load<std::uint32_t>(column.data + 4 * std::size_t{row});
        case data_type::real: return load<float>(column.data + 4 * std::size_t{row});
        case data_type::double_precision: return load<double>(column.data + 8 * std::size_t{row});
        case data_type::unsigned_bigint: return load<std::uint64_t>(column.data + 8 * std::size_t{row});
        default: return load<std::int64_t>(column.data + 8 * std::size_t{row});
    }
}

std::int32_t declared_length(const detail::column_layout& column) {
    if (!is_variable(column.type)) return 1;
    return (column.declared_bytes - 2) / (column.type == data_type::nchar ? 4 : 1);
}

/// Builders with the values of a captured message, so that writing them must give its bytes.
std::vector<block_builder> rebuild(const detail::message_layout& layout) {
    std::vector<block_builder> blocks;
    for (const detail::block_layout& block : layout.blocks) {
        block_builder& built = blocks.emplace_back(block.precision);
        built.table(std::string(block.table_name));
        for (std::uint32_t c = 0; c < block.column_count; ++c) {
            const detail::column_layout& column = layout.columns[block.first_column + c];
            built.column(std::string(column.name), column.type, declared_length(column));
        }
        for (std::uint32_t row = 0; row < block.rows; ++row) {
            std::vector<cell> cells;
            for (std::uint32_t c = 0; c < block.column_count; ++c)
                cells.push_back(value_of(layout.columns[block.first_column + c], row));
            built.add_row(cells);
        }
    }
    return blocks;
}

TEST(block_writer, rebuilds_captured_messages_of_a_query_topic_byte_for_byte) {
    std::size_t compared = 0;
    for (const auto& reply : load_binary_frames("v3.3.5/meters_select.jsonl")) {
        const std::vector<std::uint8_t> original = raw_of(reply);
        detail::message_layout layout;
        ASSERT_FALSE(wire::parse_data_message(original, layout));
        const auto blocks = rebuild(layout);
        EXPECT_EQ(
            to_u8(embedded::encode::encode_data_message(
                blocks, topic_kind::select, layout.request_offset.version, layout.response_offset.version)),
            original);
        ++compared;
    }
    EXPECT_EQ(compared, 2U);
}

TEST(block_writer, rebuilds_captured_blocks_with_every_type_byte_for_byte) {
    for (const char* name : {"v3.3.5/types_ms_stable.jsonl", "v3.3.5/types_ns_stable.jsonl"}) {
        const std::vector<std::uint8_t> original = raw_of(load_binary_frames(name).at(0));
        detail::message_layout layout;
        ASSERT_FALSE(wire::parse_data_message(original, layout));
        auto at = original.begin();
        for (const block_builder& block : rebuild(layout)) {
            std::vector<std::byte> written;
            embedded::encode::append_block(written, block);
            const auto expected = to_u8(written);
            at = std::search(at, original.end(), expected.begin(), expected.end());
            ASSERT_NE(at, original.end()) << name << ", table " << block.table_name();
            at += static_cast<std::ptrdiff_t>(expected.size());
        }
        EXPECT_EQ(layout.blocks.size(), 6U);
    }
}

TEST(block_writer, writes_blocks_with_their_own_columns_and_table_names) {
    std::vector<block_builder> blocks(2, block_builder(time_precision::microseconds));
    blocks[0].table("first").column("ts", data_type::timestamp).column("v", data_type::integer);
    blocks[0]
        .row(timestamp(5, time_precision::microseconds), 7)
        .row(timestamp(6, time_precision::microseconds), nullptr);
    blocks[1]
        .table("second")
        .column("ts", data_type::timestamp)
        .column("s", data_type::nchar, 8)
        .column("w", data_type::double_precision);
    blocks[1].row(9, "\u4e2d", 1.5);
    const auto raw = to_u8(embedded::encode::encode_data_message(blocks, topic_kind::database, 3, 4));
    detail::message_layout layout;
    ASSERT_FALSE(wire::parse_data_message(raw, layout));
    EXPECT_EQ(layout.request_offset.version, 3);
    EXPECT_EQ(layout.response_offset.version, 4);
    ASSERT_EQ(layout.blocks.size(), 2U);
    EXPECT_EQ(layout.blocks[0].table_name, "first");
    EXPECT_EQ(layout.blocks[1].table_name, "second");
    EXPECT_EQ(layout.blocks[0].precision, time_precision::microseconds);
    EXPECT_EQ(layout.rows, 3U);
    EXPECT_EQ(value_of(layout.columns[1], 0).integer(), 7U);
    EXPECT_TRUE(value_of(layout.columns[1], 1).is_null());
    EXPECT_EQ(value_of(layout.columns[3], 0).text(), "\u4e2d");
    EXPECT_EQ(value_of(layout.columns[4], 0).floating(), 1.5);
}

TEST(block_writer, never_writes_a_table_name_for_a_query_topic) {
    block_builder block;
    block.table("d0").column("ts", data_type::timestamp).row(1);
    const auto raw = to_u8(embedded::encode::encode_data_message({&block, 1}, topic_kind::select, 0, 1));
    detail::message_layout layout;
    ASSERT_FALSE(wire::parse_data_message(raw, layout));
    EXPECT_EQ(layout.blocks[0].table_name, "");
    EXPECT_EQ(raw[27], 0);
    EXPECT_EQ(raw[28], 1);
}

TEST(block_writer, leaves_out_blocks_without_rows) {
    std::vector<block_builder> blocks(2);
    blocks[0].column("ts", data_type::timestamp);
    blocks[1].column("ts", data_type::timestamp).row(1);
    const auto raw = to_u8(embedded::encode::encode_data_message(blocks, topic_kind::select, 0, 1));
    detail::message_layout layout;
    ASSERT_FALSE(wire::parse_data_message(raw, layout));
    EXPECT_EQ(layout.blocks.size(), 1U);
    EXPECT_TRUE(embedded::encode::encode_data_message({blocks.data(), 1}, topic_kind::select, 0, 1).empty());
}

TEST(block_writer, writes_every_supported_type_so_that_the_parser_gives_it_back) {
    const std::vector<std::byte> point = {std::byte{1}, std::byte{1}, std::byte{0}, std::byte{0xff}};
    block_builder block;
    block.table("t")
        .column("ts", data_type::timestamp)
        .column("b", data_type::boolean)
        .column("i1", data_type::tinyint)
        .column("i2", data_type::smallint);
    block.column("i4", data_type::integer)
        .column("i8", data_type::bigint)
        .column("u1", data_type::unsigned_tinyint)
        .column("u2", data_type::unsigned_smallint);
    block.column("u4", data_type::unsigned_integer)
        .column("u8", data_type::unsigned_bigint)
        .column("f", data_type::real);
    block.column("d", data_type::double_precision)
        .column("vc", data_type::varchar)
        .column("nc", data_type::nchar)
        .column("vb", data_type::varbinary);
    block.column("g", data_type::geometry);
    constexpr std::size_t columns = 16;
    for (int i = 0; i < 9; ++i) {
        block.row(i, i % 2 == 0, -i, -i, -i, -i, i, i, i, i, 0.5 * i, 0.25 * i,
                  std::string(static_cast<std::size_t>(i), 'x'), "\u00e9", point, point);
        block.add_row(std::vector<cell>(columns));
    }
    const auto raw = to_u8(embedded::encode::encode_data_message({&block, 1}, topic_kind::stable, 0, 1));
    detail::message_layout layout;
    ASSERT_FALSE(wire::parse_data_message(raw, layout));
    ASSERT_EQ(layout.columns.size(), columns);
    for (std::uint32_t row = 0; row < 18; ++row) {
        const int i = static_cast<int>(row / 2);
        for (std::size_t c = 0; c < columns; ++c) {
            const cell value = value_of(layout.columns[c], row);
            ASSERT_EQ(value.is_null(), row % 2 == 1) << "row " << row << " column " << c;
            if (value.is_null()) continue;
            switch (c) {
                case 2:
                case 3:
                case 4:
                case 5: EXPECT_EQ(static_cast<std::int64_t>(value.integer()), -i); break;
                case 10: EXPECT_EQ(value.floating(), 0.5 * i); break;
                case 11: EXPECT_EQ(value.floating(), 0.25 * i); break;
                case 12: EXPECT_EQ(value.text(), std::string(static_cast<std::size_t>(i), 'x')); break;
                case 13: EXPECT_EQ(value.text(), "\u00e9"); break;
                case 14:
                case 15: EXPECT_EQ(value.text(), std::string_view("\x01\x01\0\xff", point.size())); break;
                case 1: EXPECT_EQ(value.integer(), i % 2 == 0 ? 1U : 0U); break;
                default: EXPECT_EQ(value.integer(), static_cast<std::uint64_t>(i)); break;
            }
        }
    }
}

}  // namespace
}  // namespace tmq::test
