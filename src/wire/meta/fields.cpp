#include "wire/meta/fields.hpp"

#include "wire/name.hpp"

#include <algorithm>
#include <limits>
#include <string_view>

namespace tmq::wire {
namespace {

constexpr std::size_t max_columns = 4096;
constexpr std::size_t least_column_size = 1 + 1 + 1 + 1 + 2;  // type, flags, bytes, id, an empty name
constexpr std::size_t least_compression_size = 1 + 4;         // id, algorithm
constexpr std::size_t least_type_modifier_size = 1;
constexpr unsigned primary_key_flag = 0x04;

constexpr std::string_view unknown_name = "unknown";

std::string_view encode_name(std::uint32_t number) noexcept {
    switch (number) {
        case 1: return "simple8b";
        case 2: return "delta-i";
        case 3: return "bit-packing";
        case 4: return "delta-d";
        case 5: return "bss";
        case 0xFF: return "disabled";
        default: return unknown_name;
    }
}

std::string_view compress_name(std::uint32_t number) noexcept {
    switch (number) {
        case 1: return "lz4";
        case 2: return "zlib";
        case 3: return "zstd";
        case 4: return "tsz";
        case 5: return "xz";
        case 0xFF: return "disabled";
        default: return unknown_name;
    }
}

std::string_view level_name(std::uint32_t number) noexcept {
    switch (number) {
        case 1: return "low";
        case 2: return "medium";
        case 3: return "high";
        default: return unknown_name;
    }
}

std::size_t checked_count(byte_reader& reader, std::int32_t count, std::uint64_t position,
                          std::size_t least_size, defect_code code) noexcept {
    if (count < 0 || static_cast<std::uint32_t>(count) > reader.remaining() / least_size)
        reader.refuse(code, position);
    return reader.ok() ? static_cast<std::size_t>(count) : 0;
}

}  // namespace

byte_reader body::open(byte_reader& outer) noexcept {
    const std::uint64_t position = outer.position();
    const auto length = outer.fixed<std::int32_t>();
    if (length < 0) outer.refuse(defect_code::meta_length_negative, position);
    const std::uint64_t base = outer.position();
    const auto bytes = outer.take(static_cast<std::uint32_t>(length), position);
    byte_reader inner(bytes, base);
    inner.refuse(outer.error());
    return inner;
}

std::span<const std::uint8_t> read_binary(byte_reader& reader) noexcept {
    const std::uint64_t position = reader.position();
    return reader.take(reader.varint<std::uint32_t>(), position);
}

std::size_t read_zigzag_count(byte_reader& reader, std::size_t least_size, defect_code code) noexcept {
    const std::uint64_t position = reader.position();
    return checked_count(reader, reader.zigzag<std::int32_t>(), position, least_size, code);
}

std::size_t read_i32_count(byte_reader& reader, std::size_t least_size, defect_code code) noexcept {
    const std::uint64_t position = reader.position();
    return checked_count(reader, reader.fixed<std::int32_t>(), position, least_size, code);
}

std::span<const std::uint8_t> read_sized_binary(byte_reader& reader, defect_code code) noexcept {
    const std::uint64_t position = reader.position();
    const auto length = reader.fixed<std::int32_t>();
    if (length < 0) reader.refuse(code, position);
    if (length <= 0) return {};
    const std::uint64_t binary_position = reader.position();
    const auto size = reader.varint<std::uint32_t>();
    if (size != static_cast<std::uint32_t>(length)) reader.refuse(code, position);
    return reader.take(size, binary_position);
}

bool read_flag(byte_reader& reader) noexcept {
    const std::uint64_t position = reader.position();
    const auto value = reader.fixed<std::uint8_t>();
    if (value > 1) reader.refuse(defect_code::flag_invalid, position);
    return value == 1;
}

std::optional<std::string> read_comment_text(byte_reader& reader, std::int32_t length,
                                             std::uint64_t length_position) {
    if (length < -1) reader.refuse(defect_code::meta_comment_length_invalid, length_position);
    if (length < 0 || !reader.ok()) return std::nullopt;
    if (length == 0) return std::string();
    return std::string(read_name(reader, std::numeric_limits<std::int32_t>::max()));
}

std::optional<std::string> read_comment(byte_reader& reader) {
    const std::uint64_t position = reader.position();
    const auto length = reader.fixed<std::int32_t>();
    return read_comment_text(reader, length, position);
}

std::string read_table_name(byte_reader& reader) { return std::string(read_name(reader, max_table_name)); }
std::string read_column_name(byte_reader& reader) { return std::string(read_name(reader, max_column_name)); }

void set_declared_size(column_definition& column, std::int32_t bytes) noexcept {
    // The declared bytes include those that hold the length of a value.
    std::int64_t length = 0;
    switch (column.type) {
        case data_type::varchar:
        case data_type::varbinary:
        case data_type::geometry: length = std::int64_t{bytes} - 2; break;
        case data_type::nchar: length = (std::int64_t{bytes} - 2) / 4; break;
        case data_type::blob:
        case data_type::mediumblob: length = std::int64_t{bytes} - 4; break;
        default: break;
    }
    if (length > 0) column.length = static_cast<std::int32_t>(length);
}

void set_type_modifier(column_definition& column, std::int32_t modifier) noexcept {
    if (!is_decimal(column.type) || modifier <= 0) return;
    column.precision = static_cast<std::uint8_t>(modifier >> 8);
    column.scale = static_cast<std::uint8_t>(modifier);
}

void set_compression(column_definition& column, std::uint32_t algorithm, bool all) {
    const std::uint32_t encode = algorithm >> 24;
    const std::uint32_t compress = algorithm >> 8 & 0xFFFF;
    const std::uint32_t level = algorithm & 0xFF;
    if (all || encode != 0) column.encode = encode_name(encode);
    if (all || compress != 0) column.compress = compress_name(compress);
    if (all || level != 0) column.level = level_name(level);
}

std::vector<column_definition> read_columns(byte_reader& reader, std::vector<std::int16_t>& ids) {
    const std::uint64_t position = reader.position();
    const auto announced_count = reader.zigzag<std::int32_t>();
    reader.zigzag<std::int32_t>();  // version of the schema
    const std::size_t count = checked_count(reader, announced_count, position, least_column_size,
                                            defect_code::meta_column_count_invalid);
    if (count > max_columns) reader.refuse(defect_code::meta_column_count_invalid, position);

    std::vector<column_definition> columns;
    if (!reader.ok()) return columns;
    columns.reserve(count);
    ids.reserve(count);
    for (std::size_t i = 0; reader.ok() && i < count; ++i) {
        column_definition& column = columns.emplace_back();
        column.type = static_cast<data_type>(reader.fixed<std::uint8_t>());
        column.primary_key = (reader.fixed<std::uint8_t>() & primary_key_flag) != 0;
        const std::uint64_t bytes_position = reader.position();
        const auto bytes = reader.zigzag<std::int32_t>();
        if (bytes < 0) reader.refuse(defect_code::schema_bytes_negative, bytes_position);
        set_declared_size(column, bytes);
        ids.push_back(reader.zigzag<std::int16_t>());
        column.name = read_column_name(reader);
    }
    return columns;
}

void read_compression(byte_reader& reader, std::span<column_definition> columns,
                      std::span<const std::int16_t> ids) {
    const std::uint64_t position = reader.position();
    const auto announced_count = reader.zigzag<std::int32_t>();
    reader.zigzag<std::int32_t>();  // version of the schema
    const std::size_t count = checked_count(reader, announced_count, position, least_compression_size,
                                            defect_code::meta_compression_count_invalid);
    // Both lists are in the order of the ids.
    std::size_t next = 0;
    for (std::size_t i = 0; reader.ok() && i < count; ++i) {
        const auto id = reader.zigzag<std::int16_t>();
        const auto algorithm = reader.fixed<std::uint32_t>();
        while (next < ids.size() && ids[next] < id)
            ++next;
        if (reader.ok() && next < ids.size() && ids[next] == id)
            set_compression(columns[next], algorithm, true);
    }
}

std::vector<std::int32_t> read_type_modifiers(byte_reader& reader, std::size_t columns) {
    const std::uint64_t position = reader.position();
    std::vector<std::int32_t> modifiers;
    if (!read_flag(reader)) return modifiers;
    if (columns > reader.remaining() / least_type_modifier_size)
        reader.refuse(defect_code::truncated, position);
    if (!reader.ok()) return modifiers;
    modifiers.reserve(columns);
    for (std::size_t i = 0; i < columns; ++i)
        modifiers.push_back(reader.zigzag<std::int32_t>());
    return modifiers;
}

void set_type_modifiers(std::span<column_definition> columns,
                        std::span<const std::int32_t> modifiers) noexcept {
    for (std::size_t i = 0; i < std::min(columns.size(), modifiers.size()); ++i)
        set_type_modifier(columns[i], modifiers[i]);
}

bool fit_types(std::span<const column_definition> columns, std::span<const std::int32_t> modifiers) noexcept {
    for (std::size_t i = 0; i < columns.size(); ++i) {
        const bool has_digits = i < modifiers.size() && modifiers[i] > 0;
        if (has_digits != is_decimal(columns[i].type) ||
            (!has_digits && i < modifiers.size() && modifiers[i] != 0))
            return false;
    }
    return true;
}

}  // namespace tmq::wire
