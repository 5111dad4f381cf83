#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tmq::embedded::encode {

/// Appends `text`, which must be UTF-8, as a JSON string with its quotes, escaped as by Go's encoder.
/// `escape_html`: also writes <, > and & as \u003c, \u003e and \u0026.
void append_json_string(std::string& out, std::string_view text, bool escape_html);

/// Returns the same JSON without white space; nothing if the text is not JSON.
std::optional<std::string> compact_json(std::string_view text);

}  // namespace tmq::embedded::encode
