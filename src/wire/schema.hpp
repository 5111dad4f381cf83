#pragma once

#include "tmq/detail/layout.hpp"
#include "wire/reader.hpp"

#include <span>

namespace tmq::wire {

/// Reads the schema that follows a block: gives the block's columns their names and declared sizes, and must
/// agree with their types.
void read_schema(reader& in, std::span<detail::column_layout> columns) noexcept;

/// The same, faster when the schema is that of `known`, byte for byte, as in most blocks; otherwise it
/// becomes that. Throws std::bad_alloc only.
void read_schema(reader& in, std::span<detail::column_layout> columns, detail::known_schema& known);

}  // namespace tmq::wire
