#pragma once

#include "tmq/detail/layout.hpp"
#include "wire/defect.hpp"

#include <cstdint>
#include <span>

namespace tmq::wire {

constexpr std::size_t block_header_size = 28;
constexpr std::size_t block_column_size =
    9;  ///< what every column has before the data: type, declared size, length

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
