#pragma once

#include "tmq/detail/layout.hpp"
#include "wire/failure.hpp"
#include "wire/text_arena.hpp"

#include <cstdint>
#include <span>

namespace tmq::wire {

constexpr std::size_t block_header_size = 28;
constexpr std::size_t block_column_size = 9;  ///< what every column has before the data: type, declared size, length

/// Checks a raw result block, every cell of it, and appends it and its columns to `out`, still without names. `block` is the whole
/// block and must outlive the layout. `base`: position of the block inside the outermost span, for the failure's position.
/// On failure `out` may hold a half-read block. Throws std::bad_alloc only.
failure parse_block(std::span<const std::uint8_t> block, std::uint64_t base, time_precision precision, text_arena& arena,
                    detail::message_layout& out);

}  // namespace tmq::wire
