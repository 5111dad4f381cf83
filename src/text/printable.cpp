#include "text/printable.hpp"

#include "text/controls.hpp"

namespace tmq::text {

void append_printable(fmt::memory_buffer& out, std::string_view said) {
    constexpr std::string_view replacement = "\xEF\xBF\xBD";
    split_at_controls(
        said, [&out](std::string_view run) { out.append(run.data(), run.data() + run.size()); },
        [&out, replacement](char32_t code) {
            if (code == replacement_character)
                out.append(replacement.data(), replacement.data() + replacement.size());
            else
                out.push_back(' ');
        });
}

std::string printable(std::string_view said, std::size_t limit) {
    said = said.substr(0, limit);
    fmt::memory_buffer out;
    append_printable(out, said.substr(0, valid_utf8_prefix(said)));
    std::string result(out.data(), out.size());
    result.erase(result.find_last_not_of(' ') + 1);
    return result;
}

}  // namespace tmq::text
