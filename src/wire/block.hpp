#pragma once

#include "tmq/detail/layout.hpp"
#include "wire/defect.hpp"

#include <cstdint>
#include <span>

namespace tmq::wire {

/// Positions of the header's fields. A flag segment and a group id follow, which say nothing about the rows.
namespace block_header {
constexpr std::uint64_t version_at = 0;
constexpr std::uint64_t length_at = 4;
constexpr std::uint64_t rows_at = 8;
constexpr std::uint64_t columns_at = 12;
}  // namespace block_header
constexpr std::size_t block_header_size = 28;
constexpr std::uint64_t column_info_size = 5;  ///< u8 type, i32 declared size
/// What every column has before its data: type and declared size, and its length.
constexpr std::size_t block_column_size = column_info_size + 4;

/// How a block holds the cells of a JSON column.
enum class json_form : std::uint8_t {
    binary,  ///< raw messages: the server's own form
    text,    ///< blocks fetched one by one: like VARCHAR
};

/// Checks a raw result block, every cell of it, and appends it and its columns to `out`, still without names.
/// `block` is the whole block and must outlive the layout. `base`: position of the block inside the outermost
/// span, for the defect's position. On failure `out` may hold a half-read block. Throws std::bad_alloc only.
defect parse_block(std::span<const std::uint8_t> block, std::uint64_t base, time_precision precision,
                   json_form json, detail::message_layout& out);

}  // namespace tmq::wire
