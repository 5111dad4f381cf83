#pragma once

#include "tmq/detail/byte_buffer.hpp"
#include "tmq/detail/text_store.hpp"
#include "tmq/types.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

/// Positions of the parts of a validated message. Filled once by src/wire, read without further checks by the
/// views of block.hpp. All pointers point into the message's bytes or into `message_layout::text`, and stay
/// valid when the owning message moves.
namespace tmq::detail {

struct column_layout {
    data_type type = data_type::null;
    /// Declared size from the schema: the width of fixed types, the server's maximum for variable ones.
    std::int32_t declared_bytes = 0;
    /// Fixed width: the null bitmap, most significant bit first. Variable width: one i32le offset per row
    /// into `data`, -1 = null.
    const std::uint8_t* nulls = nullptr;
    /// Fixed width: rows x width bytes. Variable width: at each offset a little-endian length and the bytes.
    /// NCHAR columns point to their UTF-8 copy, in the same form with the same offsets; JSON columns of raw
    /// messages to their text, with offsets of its own.
    const std::uint8_t* data = nullptr;
    /// Variable width: true if the lengths are u32, not u16. DECIMAL: true if the values have 16 bytes, not
    /// 8.
    bool wide = false;
    std::uint8_t scale = 0;      ///< of DECIMAL: digits after the point
    std::uint8_t precision = 0;  ///< of DECIMAL: digits
    std::string_view name;       ///< empty when the message carried no schema
};

struct block_layout {
    std::uint32_t rows = 0;
    std::uint32_t column_count = 0;
    std::size_t first_column = 0;  ///< index into message_layout::columns
    time_precision precision = time_precision::milliseconds;
    std::string_view table_name;  ///< empty for query topics
};

/// An offset of a raw message head.
enum class offset_kind : std::uint8_t { none, log, snapshot_data, snapshot_meta, latest, earliest };

struct wire_offset {
    offset_kind kind = offset_kind::none;
    std::int64_t version = 0;  ///< WAL version, for kind log only
};

/// A validated schema and its fields, so that the same bytes need not be read again.
struct known_field {
    data_type type = data_type::null;
    std::int32_t declared_bytes = 0;
    std::size_t name_offset = 0;  ///< from the schema's first byte
    std::size_t name_size = 0;
};
struct known_schema {
    std::vector<std::uint8_t> bytes;
    std::vector<known_field> fields;
};

struct message_layout {
    std::vector<block_layout> blocks;
    std::vector<column_layout> columns;  ///< of all blocks, one block after the other
    std::uint64_t rows = 0;              ///< sum over all blocks
    wire_offset request_offset;          ///< where the message starts
    wire_offset response_offset;         ///< where the next message starts: the offset to commit
    text_store text;                   ///< text that the parser had to rewrite: NCHAR as UTF-8, JSON as text
    byte_buffer scratch;               ///< scratch space of the parser
    std::vector<std::uint64_t> order;  ///< scratch space of the parser
    known_schema schema;               ///< the last one read; outlives clear()

    /// Empties the layout and keeps its memory.
    void clear() noexcept {
        blocks.clear();
        columns.clear();
        rows = 0;
        request_offset = {};
        response_offset = {};
        text.clear();
    }
};

}  // namespace tmq::detail
