#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <string>
#include <string_view>

namespace tmq::text {

/// Appends `text`, of any origin, in a form that is safe on a terminal: a blank for each control character
/// (see controls.hpp), U+FFFD for each byte that is not UTF-8.
void append_printable(fmt::memory_buffer& out, std::string_view text);

/// True if a terminal may show the text unchanged: it has no control characters and is UTF-8.
bool is_printable(std::string_view text) noexcept;

/// Returns the text of a peer in a form that fits an error text or a terminal. Cuts it at `limit` bytes, and
/// at the first byte that is not UTF-8. Replaces control characters as append_printable() does, and removes
/// blanks from the end.
std::string printable(std::string_view text, std::size_t limit);

}  // namespace tmq::text
