#include "tools/say.hpp"

#include "text/printable.hpp"

#include <cstdio>

namespace tmq::tools {

// fmt::print would throw if stderr is closed, and the exception would hide the exit status.
void say_line(std::string_view text) {
    fmt::memory_buffer line;
    text::append_printable(line, text);
    line.push_back('\n');
    std::fwrite(line.data(), 1, line.size(), stderr);
}

}  // namespace tmq::tools
