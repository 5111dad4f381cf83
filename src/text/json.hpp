#pragma once

#include <fmt/format.h>

#include <string_view>

namespace tmq::text {

/// Appends `value` as a JSON string that a terminal shows as it is: control characters (see controls.hpp) are
/// written as
/// \uXXXX. Bytes that are not UTF-8 become U+FFFD.
void append_json_string(fmt::memory_buffer& out, std::string_view value);

/// Appends text that is_json_line() with the control characters in its strings as \uXXXX, so that its value
/// stays the same.
void append_json_line(fmt::memory_buffer& out, std::string_view json);

/// Whether the text is one JSON value (RFC 8259), nested at most 64 deep.
bool is_json(std::string_view text) noexcept;
/// Whether it is one that can stand in a line of output: without line breaks and tabs between its tokens.
bool is_json_line(std::string_view text) noexcept;

}  // namespace tmq::text
