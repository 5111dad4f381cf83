#pragma once

#include "tmq/detail/layout.hpp"
#include "wire/cells.hpp"

namespace tmq::wire {

/// Checks an NCHAR column (cells of UCS-4LE) and writes it to the layout's text as UTF-8: every cell at its
/// own offset, as a u16le length and the bytes, so that it then reads like a VARCHAR column. UTF-8 is never
/// longer than UCS-4, hence a cell fits where it was; the bytes between the cells may be anything. `out.data`
/// is set to the copy. Throws std::bad_alloc only.
defect transcode_nchar(const cell_column& column, detail::message_layout& layout, detail::column_layout& out);

}  // namespace tmq::wire
