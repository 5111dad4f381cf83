#pragma once

#include "tmq/detail/layout.hpp"
#include "wire/defect.hpp"

#include <cstdint>
#include <span>

namespace tmq::wire {

/// Offsets of the header's fields (docs/protocol.md, "Block"). The rest of the header, flags and a group id,
/// says nothing about the rows.
namespace block_header {
constexpr std::uint64_t version_at = 0;
constexpr std::uint64_t length_at = 4;
constexpr std::uint64_t rows_at = 8;
constexpr std::uint64_t columns_at = 12;
}  // namespace block_header
constexpr std::size_t block_header_size = 28;
constexpr std::uint64_t column_info_size = 5;  ///< u8 type, i32 declared size
/// Size of a column's part of the head: type, declared size and length.
constexpr std::size_t block_column_size = column_info_size + 4;

/// Form of the cells of a JSON column in a block.
enum class json_form : std::uint8_t {
    binary,  ///< raw messages: the server's own form
    text,    ///< replies to fetch_block: like VARCHAR
};

/// Checks every cell of a block and appends the block and its columns to `out`, still without names. `block`
/// is the whole block and must outlive the layout. `base` is its position inside the outermost span, for the
/// position of a defect. On failure `out` may hold a half-read block. Throws std::bad_alloc only.
defect parse_block(std::span<const std::uint8_t> block, std::uint64_t base, time_precision precision,
                   json_form json, detail::message_layout& out);

}  // namespace tmq::wire
