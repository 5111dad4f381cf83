#pragma once

#include <fmt/format.h>

#include <string_view>
#include <utility>

namespace tmq::tools {

/// Prints a line to stderr, whoever its text comes from: control characters are blanks in it. Does nothing
/// when stderr is closed.
void say_line(std::string_view text);

template <class... Args>
void say(fmt::format_string<Args...> format, Args&&... args) {
    say_line(fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace tmq::tools
