#pragma once

#include <fmt/format.h>

#include <string_view>
#include <utility>

namespace tmq::tools {

/// Prints a line to stderr. Its text may be of any origin: control characters are replaced by blanks. Does
/// nothing if stderr is closed.
void say_line(std::string_view text);

/// Formats a line and prints it with say_line().
template <class... Args>
void say(fmt::format_string<Args...> format, Args&&... args) {
    say_line(fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace tmq::tools
