#pragma once

#include "tmq/detail/layout.hpp"
#include "wire/cells.hpp"

#include <cstddef>

namespace tmq::wire {

/// How many times longer than its binary form JSON text can be, length included: the one byte of a null
/// becomes "null".
constexpr std::size_t json_growth = 8;

/// Largest size of a JSON column's cells in a raw message, so that offsets into the text fit 31 bits.
constexpr std::uint64_t max_json_cells = 0x7FFF'FFFF / json_growth;

/// Checks a JSON column of a raw message, whose cells are the server's binary form, and writes it to the
/// layout's text: offsets and cells with u32le lengths, as a BLOB column has them. The text is what the
/// server makes of such a cell for fetch_block: no spaces, keys in the order of the cell, a number with 15
/// digits, NaN and infinities as null. Only a number that 15 digits do not hold exactly has 17. Each distinct
/// cell is written once; different ones must not share bytes, so that there is never more than json_growth
/// times column.size bytes of text. `out.nulls`, `out.data` and `out.wide` are set. column.size must not
/// exceed max_json_cells. Throws std::bad_alloc only.
defect transcode_json(const cell_column& column, detail::message_layout& layout, detail::column_layout& out);

}  // namespace tmq::wire
