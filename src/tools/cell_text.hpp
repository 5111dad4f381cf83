#pragma once

#include "tmq/block.hpp"

#include <fmt/format.h>

#include <cstddef>
#include <string_view>

namespace tmq::tools {

/// One cell as a JSON value: timestamps RFC 3339 in UTC, integers exact, floats in the shortest form that reads back the same (those
/// that JSON cannot hold as the strings "NaN", "Infinity", "-Infinity"), text as UTF-8, VARBINARY and GEOMETRY as "0x" and lowercase
/// hexadecimal digits.
void write_json_cell(fmt::memory_buffer& out, const block_view& block, std::size_t row, std::size_t column);

/// The same for a table: strings without quotes, null as "NULL", control characters as spaces.
void write_plain_cell(fmt::memory_buffer& out, const block_view& block, std::size_t row, std::size_t column);

/// `value` as a JSON string. Bytes that are not UTF-8 become U+FFFD.
void write_json_string(fmt::memory_buffer& out, std::string_view value);

}  // namespace tmq::tools
