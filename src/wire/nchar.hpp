#pragma once

#include "wire/cells.hpp"
#include "wire/text_arena.hpp"

namespace tmq::wire {

/// Checks an NCHAR column (cells of UCS-4LE) and writes it to `room` as UTF-8: every cell at its own offset, as a u16le length and the
/// bytes, so that it then reads like a VARCHAR column. UTF-8 is never longer than UCS-4, hence a cell fits where it was.
/// `room` must come from take(column.size); its bytes between the cells stay as they were.
failure transcode_nchar(const cell_column& column, const text_arena::room& room) noexcept;

}  // namespace tmq::wire
