#pragma once

#include "wire/reader.hpp"

#include <cstddef>
#include <string_view>

namespace tmq::wire {

/// Longest names that the server allows, in bytes without the NUL.
constexpr std::size_t max_column_name = 64;
constexpr std::size_t max_table_name = 192;

/// Reads a name (docs/protocol.md, "Encodings"), which must be UTF-8. Returns it without the NUL, as a view
/// of the reader's bytes.
std::string_view read_name(byte_reader& reader, std::size_t max_length) noexcept;

}  // namespace tmq::wire
