#include "embedded_server/encode/block_writer.hpp"

#include "embedded_server/encode/byte_writer.hpp"

#include <algorithm>
#include <limits>
#include <stdexcept>

namespace tmq::embedded::encode {

using testing::block_builder;
using testing::topic_kind;

namespace {

using column_data = block_builder::column_data;

constexpr std::size_t block_header_size = 28;
constexpr std::size_t per_column_size = 9;

bool has_rows(const block_builder& block) noexcept { return block.rows() != 0; }

std::size_t block_size(const block_builder& block) {
    std::size_t size = block_header_size + per_column_size * block.columns().size() + 1;
    for (const column_data& column : block.columns())
        size += column.values.size() + (is_variable(column.type) ? 4 * block.rows() : (block.rows() + 7) / 8);
    if (size > static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max()))
        throw std::invalid_argument("a block of more than 2 GiB");
    return size;
}

/// Returns an upper bound for the size of a block's inner header, schema and table name.
std::size_t schema_bound(const block_builder& block) {
    std::size_t size = 40 + block.table_name().size();
    for (const column_data& column : block.columns())
        size += 12 + column.name.size();
    return size;
}

void append_bitmap(std::vector<std::byte>& out, const std::vector<bool>& nulls) {
    const std::size_t start = out.size();
    out.resize(start + (nulls.size() + 7) / 8);
    for (std::size_t row = 0; row < nulls.size(); ++row)
        if (nulls[row]) out[start + row / 8] |= static_cast<std::byte>(0x80 >> (row % 8));
}

/// Returns the bytes field of a column in a block: the digits of a DECIMAL, otherwise the same as in the
/// schema.
std::int32_t described_bytes(const column_data& column) noexcept {
    return is_decimal(column.type) ? column.bytes << 24 | column.precision << 8 | column.scale : column.bytes;
}

void append_schema(std::vector<std::byte>& out, const block_builder& block, topic_kind kind) {
    const std::byte flags{static_cast<unsigned char>(kind == topic_kind::select ? 0 : 1)};
    append_zigzag(out, static_cast<std::int64_t>(block.columns().size()));
    append_zigzag(out, 0);
    std::int64_t id = 0;
    for (const column_data& column : block.columns()) {
        out.push_back(static_cast<std::byte>(column.type));
        out.push_back(flags);
        append_zigzag(out, column.bytes);
        append_zigzag(out, ++id);
        append_string(out, column.name);
    }
}

}  // namespace

void append_block(std::vector<std::byte>& out, const block_builder& block) {
    constexpr std::uint32_t has_column_info = 0x80000000;
    append_le(out, std::int32_t{2});
    append_le(out, static_cast<std::int32_t>(block_size(block)));
    append_le(out, static_cast<std::int32_t>(block.rows()));
    append_le(out, static_cast<std::int32_t>(block.columns().size()));
    append_le(out, has_column_info);
    append_le(out, std::uint64_t{0});
    for (const column_data& column : block.columns()) {
        out.push_back(static_cast<std::byte>(column.type));
        append_le(out, described_bytes(column));
    }
    for (const column_data& column : block.columns())
        append_le(out, static_cast<std::int32_t>(column.values.size()));
    for (const column_data& column : block.columns()) {
        if (is_variable(column.type))
            for (const std::int32_t offset : column.offsets)
                append_le(out, offset);
        else
            append_bitmap(out, column.nulls);
        append_bytes(out, column.values);
    }
    out.push_back(std::byte{0});
}

void append_inner_header(std::vector<std::byte>& out, std::size_t size, std::size_t rows,
                         std::byte precision) {
    append_varint(out, inner_header_size + size);
    append_le(out, std::int64_t{1});
    for (int shift = 56; shift >= 0; shift -= 8)
        out.push_back(static_cast<std::byte>(static_cast<std::uint64_t>(rows) >> shift & 0xff));
    out.push_back(std::byte{0});
    out.push_back(precision);
}

void append_message_block(std::vector<std::byte>& out, const block_builder& block, topic_kind kind) {
    append_inner_header(out, block_size(block), block.rows(), static_cast<std::byte>(block.precision()));
    append_block(out, block);
    append_schema(out, block, kind);
    if (kind != topic_kind::select) append_string(out, block.table_name());
}

void append_block_count(std::vector<std::byte>& out, std::size_t blocks, topic_kind kind) {
    append_le(out, static_cast<std::int32_t>(blocks));
    if (blocks == 0) return;
    out.push_back(static_cast<std::byte>(kind == topic_kind::select ? 0 : 1));
    out.push_back(std::byte{1});
}

void append_data_head(std::vector<std::byte>& out, std::size_t blocks, topic_kind kind, std::int64_t request,
                      std::int64_t response) {
    constexpr std::byte log_offset{0x11};
    out.push_back(std::byte{0x64});
    append_le(out, std::int32_t{18});
    out.push_back(log_offset);
    append_le(out, request);
    out.push_back(log_offset);
    append_le(out, response);
    append_block_count(out, blocks, kind);
}

void append_data_tail(std::vector<std::byte>& out) { append_le(out, std::int64_t{0}); }

std::span<const std::byte> blocks_of(std::span<const std::byte> message) {
    constexpr std::size_t head_size = 29;
    constexpr std::size_t tail_size = 8;
    return message.subspan(head_size, message.size() - head_size - tail_size);
}

namespace {

/// Appends head and blocks of a message, without the blocks that have no rows.
void append_blocks(std::vector<std::byte>& out, std::span<const block_builder> blocks, topic_kind kind,
                   std::int64_t request, std::int64_t response) {
    const auto count = std::count_if(blocks.begin(), blocks.end(), has_rows);
    std::size_t estimate = 40;
    for (const block_builder& block : blocks)
        estimate += block_size(block) + schema_bound(block);
    out.reserve(estimate);
    append_data_head(out, static_cast<std::size_t>(count), kind, request, response);
    for (const block_builder& block : blocks)
        if (has_rows(block)) append_message_block(out, block, kind);
}

}  // namespace

std::vector<std::byte> encode_data_message(std::span<const block_builder> blocks, topic_kind kind,
                                           std::int64_t request, std::int64_t response) {
    std::vector<std::byte> out;
    if (std::none_of(blocks.begin(), blocks.end(), has_rows)) return out;
    append_blocks(out, blocks, kind, request, response);
    append_data_tail(out);
    return out;
}

std::vector<std::byte> encode_data_message_with_tables(std::span<const block_builder> blocks, topic_kind kind,
                                                       std::int64_t request, std::int64_t response,
                                                       std::span<const std::vector<std::byte>> created) {
    std::vector<std::byte> out;
    append_blocks(out, blocks, kind, request, response);
    append_le(out, static_cast<std::int32_t>(created.size()));
    for (const std::vector<std::byte>& table : created)
        append_binary(out, table);
    return out;
}

}  // namespace tmq::embedded::encode
