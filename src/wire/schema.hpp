#pragma once

#include "tmq/detail/layout.hpp"
#include "wire/reader.hpp"

#include <span>

namespace tmq::wire {

/// Reads the schema after a block (docs/protocol.md, "Data message") and sets the names and declared sizes of
/// the block's columns. The schema must agree with their types.
void read_schema(byte_reader& reader, std::span<detail::column_layout> columns) noexcept;

/// Reads the schema after a block, faster if it equals `known` byte for byte, as in most blocks. Otherwise
/// `known` becomes this schema. Throws std::bad_alloc only.
void read_schema(byte_reader& reader, std::span<detail::column_layout> columns, detail::known_schema& known);

}  // namespace tmq::wire
