#include "embedded_server/broker/message_blocks.hpp"

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

/// Where the blocks of a parsed message lie.
std::vector<byte_view> find_blocks(byte_view raw, message_layout& layout) {
    constexpr std::uint8_t first_versioned_head = 100;
    constexpr std::size_t inner_header_size = 18;
    wire::byte_reader in(raw);
    if (raw[0] >= first_versioned_head) {
        in.fixed<std::uint8_t>();
        in.take(in.fixed<std::uint32_t>(), 0);
    } else {
        wire::read_unversioned_offset(in);
        wire::read_unversioned_offset(in);
    }
    std::vector<byte_view> found;
    if (in.fixed<std::uint32_t>() == 0) return found;
    const bool with_table_name = in.fixed<std::uint8_t>() != 0;
    const bool with_schema = in.fixed<std::uint8_t>() != 0;
    for (const block_layout& block : layout.blocks) {
        const std::uint32_t size = in.varint<std::uint32_t>();
        in.take(inner_header_size, 0);
        found.push_back(in.take(size - inner_header_size, 0));
        if (with_schema)
            wire::read_schema(in, {layout.columns.data() + block.first_column, block.column_count});
        if (with_table_name) wire::read_name(in, wire::max_table_name);
    }
    return found;
}

/// As users declare it: variable types without the length in front, characters for NCHAR.
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

void store(std::vector<std::byte>& out, std::size_t at, std::size_t value) {
    std::vector<std::byte> number;
    encode::append_le(number, static_cast<std::int32_t>(value));
    std::copy(number.begin(), number.end(), out.begin() + static_cast<std::ptrdiff_t>(at));
}

/// Offsets and cells of a JSON column as text. Returns the size of the cells; nothing when a text is too
/// long.
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

/// The block with the JSON columns' text in the place of their binary form.
std::optional<std::vector<std::byte>> with_json_as_text(byte_view block,
                                                        std::span<const column_layout> columns,
                                                        std::size_t rows) {
    const std::size_t lengths_at = wire::block_header_size + wire::column_info_size * columns.size();
    std::size_t at = wire::block_header_size + wire::block_column_size * columns.size();
    const auto* const from = reinterpret_cast<const std::byte*>(block.data());
    std::vector<std::byte> out(from, from + at);
    for (std::size_t i = 0; i < columns.size(); ++i) {
        const std::size_t length = wire::load_le<std::uint32_t>(block.data() + lengths_at + 4 * i);
        const std::size_t size = (detail::is_variable(columns[i].type) ? 4 * rows : (rows + 7) / 8) + length;
        // lengths of a version that no server sends any more stand in another byte order
        if (size > block.size() - at) return std::nullopt;
        if (columns[i].type == data_type::json) {
            const auto text_size = append_json_column(out, columns[i], rows);
            if (!text_size) return std::nullopt;
            store(out, lengths_at + 4 * i, *text_size);
        } else {
            out.insert(out.end(), from + at, from + at + size);
        }
        at += size;
    }
    out.insert(out.end(), from + at, from + block.size());
    constexpr std::size_t size_at = 4;
    store(out, size_at, out.size());
    return out;
}

std::optional<protocol::message_block> describe(const block_layout& layout,
                                                std::span<const column_layout> columns, byte_view block) {
    protocol::message_block made;
    made.table = layout.table_name;
    made.rows = layout.rows;
    made.precision = static_cast<int>(layout.precision);
    for (const column_layout& column : columns)
        made.fields.push_back(
            {std::string(column.name), static_cast<std::uint8_t>(column.type), declared_length(column)});
    std::vector<std::byte> content;
    if (std::any_of(columns.begin(), columns.end(),
                    [](const column_layout& one) { return one.type == data_type::json; })) {
        auto rewritten = with_json_as_text(block, columns, layout.rows);
        if (!rewritten) return std::nullopt;
        content = std::move(*rewritten);
    } else {
        const auto* const from = reinterpret_cast<const std::byte*>(block.data());
        content.assign(from, from + block.size());
    }
    made.content = std::make_shared<const std::vector<std::byte>>(std::move(content));
    return made;
}

bool parse(std::uint16_t raw_type, byte_view raw, message_layout& layout) {
    std::vector<byte_view> created_tables;
    const auto failed = raw_type == wire::raw_type_meta_data
                            ? wire::parse_meta_data_message(raw, layout, created_tables)
                            : wire::parse_data_message(raw, layout);
    return !failed;
}

}  // namespace

std::size_t count_rows(std::uint16_t raw_type, std::span<const std::byte> raw) {
    message_layout layout;
    if (!parse(raw_type, byte_view(reinterpret_cast<const std::uint8_t*>(raw.data()), raw.size()), layout))
        return 0;
    std::size_t rows = 0;
    for (const block_layout& one : layout.blocks)
        rows += one.rows;
    return rows;
}

std::optional<std::vector<protocol::message_block>> split_blocks(std::uint16_t raw_type,
                                                                 std::span<const std::byte> raw) {
    const byte_view all(reinterpret_cast<const std::uint8_t*>(raw.data()), raw.size());
    message_layout layout;
    if (!parse(raw_type, all, layout)) return std::nullopt;
    const std::vector<byte_view> blocks = find_blocks(all, layout);
    std::vector<protocol::message_block> result;
    for (std::size_t i = 0; i < layout.blocks.size(); ++i) {
        const block_layout& one = layout.blocks[i];
        auto made = describe(one, {layout.columns.data() + one.first_column, one.column_count}, blocks[i]);
        if (!made) return std::nullopt;
        result.push_back(std::move(*made));
    }
    return result;
}

}  // namespace tmq::embedded::broker
