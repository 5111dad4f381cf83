#pragma once

#include "tools/text_sink.hpp"

#include "tmq/value.hpp"

#include <cstddef>

namespace tmq::tools {

/// Writes a cell as a JSON value, see tmq::to_json(value).
void write_json_cell(text_sink& out, const value_view& cell);

/// Writes a cell of a table: strings without quotes, null as "NULL", control characters as blanks.
void write_plain_cell(text_sink& out, const value_view& cell);

/// Returns the columns of a terminal that the output of write_plain_cell() takes. Overwrites `scratch`.
std::size_t plain_width(const value_view& cell, fmt::memory_buffer& scratch);

/// Returns the columns of a terminal that `text` takes. Wide characters count as one column, so columns with
/// CJK text may be out of line.
std::size_t display_width(std::string_view text) noexcept;

}  // namespace tmq::tools
