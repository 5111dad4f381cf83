#pragma once

#include "tmq/detail/layout.hpp"
#include "wire/reader.hpp"

#include <span>

namespace tmq::wire {

/// Reads the schema that follows a block: gives the block's columns their names and declared sizes, and must agree with their types.
void read_schema(reader& in, std::span<detail::column_layout> columns) noexcept;

}  // namespace tmq::wire
