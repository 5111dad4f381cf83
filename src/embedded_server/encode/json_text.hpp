#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tmq::embedded::encode {

/// Appends `text` as a JSON string with its quotes, escaped the way Go's encoder does it. `text` must be
/// UTF-8. `escape_html`: also writes <, > and & as \u003c, \u003e and \u0026.
void append_json_string(std::string& out, std::string_view text, bool escape_html);

/// The same JSON without white space; nothing when the text is not JSON.
std::optional<std::string> compact_json(std::string_view text);

}  // namespace tmq::embedded::encode
