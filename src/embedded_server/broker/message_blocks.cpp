#include "embedded_server/broker/message_blocks.hpp"

#include "embedded_server/encode/block_writer.hpp"
#include "embedded_server/encode/little_endian.hpp"
#include "tmq/detail/cell.hpp"
#include "wire/block.hpp"
#include "wire/data_message.hpp"
#include "wire/name.hpp"
#include "wire/offset.hpp"
#include "wire/reader.hpp"
#include "wire/schema.hpp"

#include <algorithm>
#include <limits>
#include <memory>
#include <utility>

namespace tmq::embedded::broker {

namespace {

using detail::block_layout;
using detail::column_layout;
using detail::message_layout;
using byte_view = std::span<const std::uint8_t>;

/// Returns the bytes of each block of a parsed message.
std::vector<byte_view> find_blocks(byte_view raw, message_layout& layout) {
    constexpr std::uint8_t first_versioned_head = 100;
    wire::byte_reader reader(raw);
    if (raw[0] >= first_versioned_head) {
        reader.fixed<std::uint8_t>();
        reader.take(reader.fixed<std::uint32_t>(), 0);
    } else {
        wire::read_unversioned_offset(reader);
        wire::read_unversioned_offset(reader);
    }
    std::vector<byte_view> blocks;
    if (reader.fixed<std::uint32_t>() == 0) return blocks;
    const bool with_table_name = reader.fixed<std::uint8_t>() != 0;
    const bool with_schema = reader.fixed<std::uint8_t>() != 0;
    for (const block_layout& block : layout.blocks) {
        const std::uint32_t size = reader.varint<std::uint32_t>();
        reader.take(encode::inner_header_size, 0);
        blocks.push_back(reader.take(size - encode::inner_header_size, 0));
        if (with_schema)
            wire::read_schema(reader, {layout.columns.data() + block.first_column, block.column_count});
        if (with_table_name) wire::read_name(reader, wire::max_table_name);
    }
    return blocks;
}

/// Returns the length as users declare it: without the length field of variable types, and in characters for
/// NCHAR and JSON.
std::int32_t declared_length(const column_layout& column) {
    switch (column.type) {
        case data_type::varchar:
        case data_type::varbinary:
        case data_type::geometry: return column.declared_bytes - 2;
        case data_type::nchar:
        case data_type::json: return (column.declared_bytes - 2) / 4;
        case data_type::blob: return column.declared_bytes - 4;
        default: return column.declared_bytes;
    }
}

/// Appends offsets and cells of a JSON column, as text. Returns the size of the cells; nothing if a text is
/// too long.
std::optional<std::size_t> append_json_column(std::vector<std::byte>& out, const column_layout& column,
                                              std::size_t rows) {
    std::vector<std::byte> cells;
    for (std::size_t row = 0; row < rows; ++row) {
        const auto offset = wire::load_le<std::int32_t>(column.nulls + 4 * row);
        encode::append_le(out, offset < 0 ? offset : static_cast<std::int32_t>(cells.size()));
        if (offset < 0) continue;
        const auto size = wire::load_le<std::uint32_t>(column.data + offset);
        if (size > std::numeric_limits<std::uint16_t>::max()) return std::nullopt;
        encode::append_le(cells, static_cast<std::uint16_t>(size));
        const auto* const text = reinterpret_cast<const std::byte*>(column.data + offset + sizeof size);
        cells.insert(cells.end(), text, text + size);
    }
    out.insert(out.end(), cells.begin(), cells.end());
    return cells.size();
}

/// Returns the block with JSON columns as text instead of their binary form. Returns nothing if it cannot be
/// rewritten.
std::optional<std::vector<std::byte>> with_json_as_text(byte_view block,
                                                        std::span<const column_layout> columns,
                                                        std::size_t rows) {
    constexpr std::size_t size_position = 4;
    const std::size_t lengths_begin = wire::block_header_size + wire::column_info_size * columns.size();
    std::size_t position = wire::block_header_size + wire::block_column_size * columns.size();
    const auto* const source = reinterpret_cast<const std::byte*>(block.data());
    std::vector<std::byte> out(source, source + position);
    for (std::size_t i = 0; i < columns.size(); ++i) {
        const std::size_t length_position = lengths_begin + 4 * i;
        const std::size_t length = wire::load_le<std::uint32_t>(block.data() + length_position);
        const std::size_t size = (is_variable(columns[i].type) ? 4 * rows : (rows + 7) / 8) + length;
        // Lengths of the old block version 1 may be big-endian, so that they do not fit.
        if (size > block.size() - position) return std::nullopt;
        if (columns[i].type == data_type::json) {
            const auto text_size = append_json_column(out, columns[i], rows);
            if (!text_size) return std::nullopt;
            encode::store_le(out.data() + length_position, static_cast<std::int32_t>(*text_size));
        } else {
            out.insert(out.end(), source + position, source + position + size);
        }
        position += size;
    }
    out.insert(out.end(), source + position, source + block.size());
    encode::store_le(out.data() + size_position, static_cast<std::int32_t>(out.size()));
    return out;
}

std::optional<protocol::message_block> describe(const block_layout& layout,
                                                std::span<const column_layout> columns, byte_view block) {
    protocol::message_block description;
    description.table = layout.table_name;
    description.rows = layout.rows;
    description.precision = static_cast<int>(layout.precision);
    for (const column_layout& column : columns)
        description.fields.push_back(
            {std::string(column.name), static_cast<std::uint8_t>(column.type), declared_length(column)});
    std::vector<std::byte> content;
    const bool has_json = std::any_of(columns.begin(), columns.end(), [](const column_layout& column) {
        return column.type == data_type::json;
    });
    if (has_json) {
        auto rewritten = with_json_as_text(block, columns, layout.rows);
        if (!rewritten) return std::nullopt;
        content = std::move(*rewritten);
    } else {
        const auto* const source = reinterpret_cast<const std::byte*>(block.data());
        content.assign(source, source + block.size());
    }
    description.content = std::make_shared<const std::vector<std::byte>>(std::move(content));
    return description;
}

/// Returns false if the message cannot be parsed.
bool parse(std::uint16_t raw_type, byte_view raw, message_layout& layout) {
    std::vector<byte_view> created_tables;
    const auto error = raw_type == wire::raw_type_meta_data
                           ? wire::parse_meta_data_message(raw, layout, created_tables)
                           : wire::parse_data_message(raw, layout);
    return !error;
}

}  // namespace

std::size_t count_rows(std::uint16_t raw_type, std::span<const std::byte> raw) {
    message_layout layout;
    if (!parse(raw_type, byte_view(reinterpret_cast<const std::uint8_t*>(raw.data()), raw.size()), layout))
        return 0;
    std::size_t rows = 0;
    for (const block_layout& block : layout.blocks)
        rows += block.rows;
    return rows;
}

std::optional<std::vector<protocol::message_block>> split_blocks(std::uint16_t raw_type,
                                                                 std::span<const std::byte> raw) {
    const byte_view message(reinterpret_cast<const std::uint8_t*>(raw.data()), raw.size());
    message_layout layout;
    if (!parse(raw_type, message, layout)) return std::nullopt;
    const std::vector<byte_view> blocks = find_blocks(message, layout);
    std::vector<protocol::message_block> result;
    for (std::size_t i = 0; i < layout.blocks.size(); ++i) {
        const block_layout& block = layout.blocks[i];
        const std::span columns(layout.columns.data() + block.first_column, block.column_count);
        auto description = describe(block, columns, blocks[i]);
        if (!description) return std::nullopt;
        result.push_back(std::move(*description));
    }
    return result;
}

}  // namespace tmq::embedded::broker
