#pragma once

#include "wire/reader.hpp"

#include <cstddef>
#include <string_view>

namespace tmq::wire {

/// Longest names the server allows, in bytes without the NUL.
constexpr std::size_t max_column_name = 64;
constexpr std::size_t max_table_name = 192;

/// A name as the server writes it: length with the NUL, UTF-8, NUL. Gives it without the NUL; it points into
/// the reader's bytes.
std::string_view read_name(reader& in, std::size_t max_length) noexcept;

}  // namespace tmq::wire
