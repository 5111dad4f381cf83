#pragma once

#include "text/json.hpp"
#include "tmq/block.hpp"

#include <fmt/format.h>

#include <cstddef>

namespace tmq::tools {

/// One cell as a JSON value, see tmq::to_json(value).
void write_json_cell(fmt::memory_buffer& out, const block_view& block, std::size_t row, std::size_t column);

/// The same for a table: strings without quotes, null as "NULL", control characters as spaces.
void write_plain_cell(fmt::memory_buffer& out, const block_view& block, std::size_t row, std::size_t column);

/// `value` as a JSON string. Bytes that are not UTF-8 become U+FFFD.
inline void write_json_string(fmt::memory_buffer& out, std::string_view value) { text::append_json_string(out, value); }

}  // namespace tmq::tools
