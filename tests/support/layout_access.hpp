#pragma once

#include "tmq/detail/layout.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tmq::test {

using cell_bytes = std::optional<std::span<const std::uint8_t>>;

bool has_cells(data_type type);

/// The bytes of a cell, nothing when it is null. Trusts the layout.
cell_bytes cell_of(const detail::column_layout& column, std::size_t row);

/// The same as text.
std::optional<std::string_view> text_of(const detail::column_layout& column, std::size_t row);

const detail::column_layout& column_of(const detail::message_layout& layout, std::size_t block,
                                       std::size_t column);

/// Visits everything that a layout points to, down to the last cell, and checks that it lies within the
/// message or within its text, and that what was rewritten is UTF-8.
::testing::AssertionResult lies_within(const detail::message_layout& layout,
                                       std::span<const std::uint8_t> raw);

}  // namespace tmq::test
