#pragma once

#include <string>
#include <string_view>

namespace tmq::text {

/// Appends `value` in quotes, escaping what JSON requires and nothing else; bytes that are not UTF-8 go out
/// as they are.
void append_json_string(std::string& out, std::string_view value);

}  // namespace tmq::text
