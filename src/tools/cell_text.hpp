#pragma once

#include "tmq/block.hpp"

#include <fmt/format.h>

#include <cstddef>

namespace tmq::tools {

/// One cell as a JSON value, see tmq::to_json(value).
void write_json_cell(fmt::memory_buffer& out, const block_view& block, std::size_t row, std::size_t column);

/// The same for a table: strings without quotes, null as "NULL", control characters as spaces.
void write_plain_cell(fmt::memory_buffer& out, const block_view& block, std::size_t row, std::size_t column);

}  // namespace tmq::tools
