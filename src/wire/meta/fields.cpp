#include "wire/meta/fields.hpp"

#include "wire/name.hpp"

#include <algorithm>
#include <limits>
#include <string_view>

namespace tmq::wire {
namespace {

constexpr std::size_t max_columns = 4096;
constexpr std::size_t least_column_size =
    1 + 1 + 1 + 1 + 2;                                 // type, flags, bytes, id, a name of its NUL alone
constexpr std::size_t least_compression_size = 1 + 4;  // id, algorithm
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

bool is_decimal(data_type type) noexcept {
    return type == data_type::decimal || type == data_type::decimal64;
}

std::size_t checked_count(reader& in, std::int32_t count, std::uint64_t at, std::size_t least_size,
                          errc otherwise) noexcept {
    if (count < 0 || static_cast<std::uint32_t>(count) > in.remaining() / least_size)
        in.refuse(otherwise, at);
    return in.ok() ? static_cast<std::size_t>(count) : 0;
}

}  // namespace

reader body::open(reader& outer) noexcept {
    const std::uint64_t at = outer.position();
    const auto length = outer.fixed<std::int32_t>();
    if (length < 0) outer.refuse(errc::meta_length_negative, at);
    const std::uint64_t base = outer.position();
    const auto bytes = outer.take(static_cast<std::uint32_t>(length), at);
    reader inner(bytes, base);
    inner.refuse(outer.error());
    return inner;
}

std::span<const std::uint8_t> read_binary(reader& in) noexcept {
    const std::uint64_t at = in.position();
    return in.take(in.varint<std::uint32_t>(), at);
}

std::size_t read_zigzag_count(reader& in, std::size_t least_size, errc otherwise) noexcept {
    const std::uint64_t at = in.position();
    return checked_count(in, in.zigzag<std::int32_t>(), at, least_size, otherwise);
}

std::size_t read_i32_count(reader& in, std::size_t least_size, errc otherwise) noexcept {
    const std::uint64_t at = in.position();
    return checked_count(in, in.fixed<std::int32_t>(), at, least_size, otherwise);
}

std::span<const std::uint8_t> read_sized_binary(reader& in, errc otherwise) noexcept {
    const std::uint64_t at = in.position();
    const auto length = in.fixed<std::int32_t>();
    if (length < 0) in.refuse(otherwise, at);
    if (length <= 0) return {};
    const std::uint64_t binary_at = in.position();
    const auto size = in.varint<std::uint32_t>();
    if (size != static_cast<std::uint32_t>(length)) in.refuse(otherwise, at);
    return in.take(size, binary_at);
}

bool read_flag(reader& in) noexcept {
    const std::uint64_t at = in.position();
    const auto value = in.fixed<std::uint8_t>();
    if (value > 1) in.refuse(errc::flag_invalid, at);
    return value == 1;
}

std::optional<std::string> read_comment_text(reader& in, std::int32_t length, std::uint64_t length_at) {
    if (length < -1) in.refuse(errc::meta_comment_length_invalid, length_at);
    if (length < 0 || !in.ok()) return std::nullopt;
    if (length == 0) return std::string();
    return std::string(read_name(in, std::numeric_limits<std::int32_t>::max()));
}

std::optional<std::string> read_comment(reader& in) {
    const std::uint64_t at = in.position();
    const auto length = in.fixed<std::int32_t>();
    return read_comment_text(in, length, at);
}

std::string read_table_name(reader& in) { return std::string(read_name(in, max_table_name)); }
std::string read_column_name(reader& in) { return std::string(read_name(in, max_column_name)); }

void set_declared_size(column_definition& column, std::int32_t bytes) noexcept {
    // Without the bytes that hold a value's length.
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

std::vector<column_definition> read_columns(reader& in, std::vector<std::int16_t>& ids) {
    const std::uint64_t at = in.position();
    const auto announced = in.zigzag<std::int32_t>();
    in.zigzag<std::int32_t>();  // version of the schema
    const std::size_t count =
        checked_count(in, announced, at, least_column_size, errc::meta_column_count_invalid);
    if (count > max_columns) in.refuse(errc::meta_column_count_invalid, at);

    std::vector<column_definition> columns;
    if (!in.ok()) return columns;
    columns.reserve(count);
    ids.reserve(count);
    for (std::size_t i = 0; in.ok() && i < count; ++i) {
        column_definition& column = columns.emplace_back();
        column.type = static_cast<data_type>(in.fixed<std::uint8_t>());
        column.primary_key = (in.fixed<std::uint8_t>() & primary_key_flag) != 0;
        const std::uint64_t bytes_at = in.position();
        const auto bytes = in.zigzag<std::int32_t>();
        if (bytes < 0) in.refuse(errc::schema_bytes_negative, bytes_at);
        set_declared_size(column, bytes);
        ids.push_back(in.zigzag<std::int16_t>());
        column.name = read_column_name(in);
    }
    return columns;
}

void read_compression(reader& in, std::span<column_definition> columns, std::span<const std::int16_t> ids) {
    const std::uint64_t at = in.position();
    const auto announced = in.zigzag<std::int32_t>();
    in.zigzag<std::int32_t>();  // version of the schema
    const std::size_t count =
        checked_count(in, announced, at, least_compression_size, errc::meta_compression_count_invalid);
    // Both lists are in the order of the ids.
    std::size_t next = 0;
    for (std::size_t i = 0; in.ok() && i < count; ++i) {
        const auto id = in.zigzag<std::int16_t>();
        const auto algorithm = in.fixed<std::uint32_t>();
        while (next < ids.size() && ids[next] < id)
            ++next;
        if (in.ok() && next < ids.size() && ids[next] == id) set_compression(columns[next], algorithm, true);
    }
}

std::vector<std::int32_t> read_type_modifiers(reader& in, std::size_t columns) {
    const std::uint64_t at = in.position();
    std::vector<std::int32_t> modifiers;
    if (!read_flag(in)) return modifiers;
    if (columns > in.remaining() / least_type_modifier_size) in.refuse(errc::truncated, at);
    if (!in.ok()) return modifiers;
    modifiers.reserve(columns);
    for (std::size_t i = 0; i < columns; ++i)
        modifiers.push_back(in.zigzag<std::int32_t>());
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
