#include "wire/data_message.hpp"

#include "wire/block.hpp"
#include "wire/name.hpp"
#include "wire/offset.hpp"
#include "wire/reader.hpp"
#include "wire/schema.hpp"

namespace tmq::wire {
namespace {

constexpr std::uint8_t first_versioned_head = 100;
constexpr std::size_t inner_header_size = 18;
constexpr std::int64_t inner_header_version = 1;
constexpr std::size_t least_block_size = inner_header_size + block_header_size + block_column_size;

void read_versioned_head(byte_reader& reader, detail::message_layout& out) noexcept {
    reader.fixed<std::uint8_t>();
    const std::uint64_t position = reader.position();
    const auto size = reader.fixed<std::int32_t>();
    if (size < 0) return reader.refuse(defect_code::offsets_length_negative, position);
    const std::uint64_t base = reader.position();
    byte_reader offsets(reader.take(static_cast<std::uint32_t>(size), position), base);
    if (!reader.ok()) return;
    out.request_offset = read_offset(offsets);
    out.response_offset = read_offset(offsets);
    if (offsets.remaining() != 0) offsets.refuse(defect_code::offsets_excess, offsets.position());
    reader.refuse(offsets.error());
}

void read_head(byte_reader& reader, std::span<const std::uint8_t> raw, detail::message_layout& out) noexcept {
    if (raw.empty()) return reader.refuse(defect_code::truncated, 0);
    if (raw[0] >= first_versioned_head) return read_versioned_head(reader, out);
    if (raw[0] < 1 || raw[0] > 3) return reader.refuse(defect_code::head_unknown, 0);
    out.request_offset = read_unversioned_offset(reader);
    out.response_offset = read_unversioned_offset(reader);
}

std::size_t read_block_count(byte_reader& reader) noexcept {
    const std::uint64_t position = reader.position();
    // The count is signed on the wire: a negative one reads as too many. Every block takes a byte for its
    // size and at least one for its rows.
    const auto count = reader.fixed<std::uint32_t>();
    if (count > reader.remaining() / (1 + least_block_size + 1))
        reader.refuse(defect_code::block_count_invalid, position);
    return reader.ok() ? count : 0;
}

bool read_flag(byte_reader& reader) noexcept {
    const std::uint64_t position = reader.position();
    const auto value = reader.fixed<std::uint8_t>();
    if (value > 1) reader.refuse(defect_code::flag_invalid, position);
    return value == 1;
}

/// Reads a block with its size and inner header.
void read_block(byte_reader& reader, detail::message_layout& out) {
    const std::uint64_t size_position = reader.position();
    const std::uint64_t size = reader.varint<std::uint32_t>();
    if (size < least_block_size) reader.refuse(defect_code::block_size_invalid, size_position);
    if (size > reader.remaining()) reader.refuse(defect_code::truncated, size_position);

    const std::uint64_t header_position = reader.position();
    const auto version = reader.fixed<std::int64_t>();
    const auto rows = reader.fixed_be<std::int64_t>();
    const auto compressed = reader.fixed<std::uint8_t>();
    const auto precision = reader.fixed<std::uint8_t>();
    if (version != inner_header_version) reader.refuse(defect_code::block_header_version, header_position);
    if (compressed != 0) reader.refuse(defect_code::block_compressed, header_position + 16);
    if (precision > 2) reader.refuse(defect_code::precision_unknown, header_position + 17);

    const std::uint64_t block_position = reader.position();
    const auto block = reader.take(size - inner_header_size, size_position);
    if (!reader.ok()) return;
    reader.refuse(
        parse_block(block, block_position, static_cast<time_precision>(precision), json_form::binary, out));
    if (reader.ok() && rows != out.blocks.back().rows)
        reader.refuse(defect_code::block_header_rows, header_position + 8);
}

void read_blocks(byte_reader& reader, std::span<const std::uint8_t> raw, detail::message_layout& out) {
    read_head(reader, raw, out);
    const std::size_t count = read_block_count(reader);
    if (count == 0) return;
    const bool has_table_names = read_flag(reader);
    const bool has_schemas = read_flag(reader);
    out.blocks.reserve(count);
    for (std::size_t i = 0; reader.ok() && i < count; ++i) {
        read_block(reader, out);
        if (!reader.ok()) return;
        detail::block_layout& block = out.blocks.back();
        if (has_schemas)
            read_schema(reader, {out.columns.data() + block.first_column, block.column_count}, out.schema);
        if (has_table_names) block.table_name = read_name(reader, max_table_name);
    }
}

void read_created_tables(byte_reader& reader, std::vector<std::span<const std::uint8_t>>& out) {
    const std::uint64_t position = reader.position();
    // The count is signed on the wire: a negative one reads as too many. Every item takes at least a byte.
    const auto count = reader.fixed<std::uint32_t>();
    if (count > reader.remaining()) reader.refuse(defect_code::meta_count_invalid, position);
    for (std::uint32_t i = 0; reader.ok() && i < count; ++i) {
        const std::uint64_t size_position = reader.position();
        const auto size = reader.varint<std::uint32_t>();
        const auto item = reader.take(size, size_position);
        if (reader.ok()) out.push_back(item);
    }
}

/// Refuses an end as long as the smallest block, because the number of blocks is then wrong. Servers newer
/// than 3.3.5 append bytes of unknown meaning: 3.4.1 one byte, later ones possibly more.
void check_end(byte_reader& reader) noexcept {
    if (reader.remaining() >= least_block_size) reader.refuse(defect_code::tail_invalid, reader.position());
}

/// Checks the tail of type 2 (docs/protocol.md, "Data message"), which older servers do not have.
void check_sleep_time(byte_reader& reader) noexcept {
    if (reader.remaining() != 0 && reader.remaining() < sizeof(std::int64_t))
        reader.refuse(defect_code::tail_invalid, reader.position());
}

}  // namespace

defect parse_data_message(std::span<const std::uint8_t> raw, detail::message_layout& out) {
    out.clear();
    byte_reader reader(raw);
    read_blocks(reader, raw, out);
    check_sleep_time(reader);
    check_end(reader);
    if (!reader.ok()) out.clear();
    return reader.error();
}

defect parse_meta_data_message(std::span<const std::uint8_t> raw, detail::message_layout& out,
                               std::vector<std::span<const std::uint8_t>>& created_tables) {
    out.clear();
    created_tables.clear();
    byte_reader reader(raw);
    read_blocks(reader, raw, out);
    read_created_tables(reader, created_tables);
    check_end(reader);
    if (!reader.ok()) {
        out.clear();
        created_tables.clear();
    }
    return reader.error();
}

}  // namespace tmq::wire
