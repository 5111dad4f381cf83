#pragma once

#include "tools/text_sink.hpp"

#include "tmq/value.hpp"

#include <cstddef>

namespace tmq::tools {

/// Writes a cell as a JSON value, see tmq::to_json(value).
void write_json_cell(text_sink& out, const value& cell);

/// Writes a cell for a table: strings without quotes, null as "NULL", control characters as blanks.
void write_plain_cell(text_sink& out, const value& cell);

/// Columns of a terminal that write_plain_cell() takes. `scratch` is overwritten.
std::size_t plain_width(const value& cell, fmt::memory_buffer& scratch);

/// Columns of a terminal that a text takes: continuation bytes of UTF-8 take none. Wide characters are not
/// counted twice, so CJK text may lean.
std::size_t display_width(std::string_view text) noexcept;

}  // namespace tmq::tools
