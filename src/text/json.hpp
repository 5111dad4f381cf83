#pragma once

#include <fmt/format.h>

#include <string_view>

namespace tmq::text {

/// Appends `value` as a JSON string that a terminal shows unchanged. Control characters (see controls.hpp)
/// are written as \uXXXX. Bytes that are not UTF-8 become U+FFFD.
void append_printable_json_string(fmt::memory_buffer& out, std::string_view value);

/// Appends `json`, for which is_json_line() must be true. Control characters in its strings are written as
/// \uXXXX, so its value stays the same.
void append_json_line(fmt::memory_buffer& out, std::string_view json);

/// True if the text is one JSON value (RFC 8259), nested at most 64 deep.
bool is_json(std::string_view text) noexcept;
/// True if the text is a JSON value, as for is_json(), without line breaks and tabs between its tokens: it
/// fits in a line of output.
bool is_json_line(std::string_view text) noexcept;

}  // namespace tmq::text
