#include "text/printable.hpp"

#include "text/controls.hpp"

namespace tmq::text {

void append_printable(fmt::memory_buffer& out, std::string_view text) {
    constexpr std::string_view replacement = "\xEF\xBF\xBD";
    split_at_controls(
        text, [&out](std::string_view run) { out.append(run.data(), run.data() + run.size()); },
        [&out, replacement](char32_t code) {
            if (code == replacement_character)
                out.append(replacement.data(), replacement.data() + replacement.size());
            else
                out.push_back(' ');
        });
}

bool is_printable(std::string_view text) noexcept {
    bool has_controls = false;
    split_at_controls(text, [](std::string_view) {}, [&has_controls](char32_t) { has_controls = true; });
    return !has_controls;
}

std::string printable(std::string_view text, std::size_t limit) {
    text = text.substr(0, limit);
    fmt::memory_buffer out;
    append_printable(out, text.substr(0, valid_utf8_prefix(text)));
    std::string result(out.data(), out.size());
    result.erase(result.find_last_not_of(' ') + 1);
    return result;
}

}  // namespace tmq::text
