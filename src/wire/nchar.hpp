#pragma once

#include "tmq/detail/layout.hpp"
#include "wire/cells.hpp"

namespace tmq::wire {

/// Checks an NCHAR column (cells of UCS-4LE) and writes it to the layout's text as UTF-8. Every cell keeps
/// its offset and becomes a u16le length and the bytes, so the column then reads like VARCHAR. UTF-8 is never
/// longer than UCS-4, so a cell fits at its offset; the bytes between the cells are arbitrary. Sets
/// `out.data` to the copy. Throws std::bad_alloc only.
defect transcode_nchar(const cell_column& column, detail::message_layout& layout, detail::column_layout& out);

}  // namespace tmq::wire
