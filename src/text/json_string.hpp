#pragma once

#include <string>
#include <string_view>

namespace tmq::text {

/// Appends `value` in quotes. Escapes only the characters for which JSON requires it. Bytes that are not
/// UTF-8 are written unchanged.
void append_json_string(std::string& out, std::string_view value);

}  // namespace tmq::text
