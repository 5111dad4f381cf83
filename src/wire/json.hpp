#pragma once

#include "tmq/detail/layout.hpp"
#include "wire/cells.hpp"

#include <cstddef>

namespace tmq::wire {

/// Largest ratio of JSON text, its length included, to its binary form: the one byte of a null becomes
/// "null".
constexpr std::size_t json_growth = 8;

/// Largest size of a JSON column's cells in a raw message. Offsets into the text then fit in 31 bits.
constexpr std::uint64_t max_json_cells = 0x7FFF'FFFF / json_growth;

/// Checks a JSON column of a raw message, whose cells are in the server's binary form (docs/protocol.md,
/// "Block"), and writes it to the layout's text: offsets and cells with u32le lengths, as in a BLOB column.
/// Sets `out.nulls`, `out.data` and `out.wide`. column.size must not exceed max_json_cells. Throws
/// std::bad_alloc only.
///
/// The text is that of the server's fetch_block: no spaces, keys in the order of the cell, numbers with 15
/// digits, NaN and infinities as null. Only a number that 15 digits do not hold exactly has 17. Each distinct
/// cell is written once. Different cells must not share bytes, so the text never has more than json_growth
/// times column.size bytes.
defect transcode_json(const cell_column& column, detail::message_layout& layout, detail::column_layout& out);

}  // namespace tmq::wire
