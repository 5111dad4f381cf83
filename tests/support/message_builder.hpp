#pragma once

#include "support/bytes.hpp"
#include "tmq/types.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tmq::test {

/// A column as it lies in a block: what its length does not count (bitmap or offsets), and what it does.
struct column_spec {
    std::string name;
    data_type type = data_type::null;
    std::int64_t declared_bytes = 0;
    byte_builder front;
    byte_builder cells;
};

using optional_number = std::optional<std::uint64_t>;
using optional_text = std::optional<std::string_view>;
using optional_code_points = std::optional<std::u32string_view>;

column_spec fixed_column(std::string name, data_type type, std::size_t width,
                         const std::vector<optional_number>& values);
/// VARCHAR, VARBINARY, GEOMETRY or BLOB; JSON as text.
column_spec bytes_column(std::string name, data_type type, const std::vector<optional_text>& values);
column_spec nchar_column(std::string name, const std::vector<optional_code_points>& values);
/// DECIMAL or DECIMAL64; the values are the unscaled integers, as int64.
column_spec decimal_column(std::string name, data_type type, unsigned scale, unsigned precision,
                           const std::vector<optional_number>& values);
/// JSON in the form of raw messages. Marks of the cells: cellN, cellN.*
column_spec json_column(std::string name, const std::vector<std::optional<byte_builder>>& values);
column_spec null_column(std::string name, std::size_t rows);
/// Any variable type, offsets and cells as given.
column_spec column_of_cells(std::string name, data_type type, const std::vector<std::int64_t>& offsets,
                            const byte_builder& cells);

/// Flags of a tag set.
constexpr unsigned json_tags = 0x40;
constexpr unsigned large_tags = 0x20;

/// A tag set, or with json_tags a JSON object. Marks: flags, size, count; for tag N: indexN, tagN.*; values.
byte_builder tag_set(const std::vector<byte_builder>& tags, unsigned flags = json_tags);
/// A tag of a JSON object up to its value. Marks: key, type, value.
byte_builder json_tag(std::string_view key, data_type type);
byte_builder json_null(std::string_view key);
byte_builder json_boolean(std::string_view key, bool value);
byte_builder json_number(std::string_view key, double value);
/// One more mark: text.
byte_builder json_string(std::string_view key, std::u32string_view value);

struct block_spec {
    std::uint32_t rows = 0;
    std::vector<column_spec> columns;
    std::string table;
    std::uint64_t precision = 0;
    std::uint32_t version = 2;
    bool big_endian_lengths = false;
    std::size_t trailer = 1;
};

/// Marks: version, length, rows, columns; for column N: typeN, bytesN, lengthN, frontN, cellsN, and N.* for
/// those of its cells; end.
byte_builder build_block(const block_spec& spec);

/// Marks: columns; for column N: typeN, bytesN, nameN.
byte_builder build_schema(const block_spec& spec);

struct message_spec {
    std::vector<block_spec> blocks;
    bool with_table_name = true;
    bool with_schema = true;
    bool with_sleep_time = true;
    std::optional<std::vector<std::string>> created_tables;  ///< set: the tail is that of raw type 4
};

/// The two offsets of a head of version 100, from one WAL version to another.
byte_builder log_offsets(std::int64_t request, std::int64_t response);
byte_builder versioned_head(const byte_builder& offsets);

/// Everything behind the head. Marks: block_count, with_table_name, with_schema; for block N: N.size,
/// N.header, N.block.* and N.schema.* (see above), N.table; tail; for created table N: createdN; end.
byte_builder build_body(const message_spec& spec);

/// With a head of version 100. Marks: offsets_length, request_offset, and those of the body.
byte_builder build_message(const message_spec& spec);

}  // namespace tmq::test
