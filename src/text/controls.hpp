#pragma once

#include "text/utf8.hpp"

#include <cstddef>
#include <string_view>

namespace tmq::text {

/// Reported in place of each byte that is not UTF-8.
inline constexpr char32_t replacement_character = 0xFFFD;

/// A character that acts on a terminal, or reorders or breaks the text around it, instead of being shown.
struct control {
    char32_t code = 0;
    std::size_t size = 0;  ///< bytes of its UTF-8 form; 0 if there is no control character
};

/// Returns the control character at the front of `text`, which must be valid UTF-8 and not empty. Control
/// characters are C0, DEL, C1, U+2028, U+2029, and those that change the direction of text (U+061C, U+200E,
/// U+200F, U+202A to U+202E, U+2066 to U+2069).
constexpr control control_at_front(std::string_view text) noexcept {
    const auto byte = [text](std::size_t index) { return static_cast<unsigned char>(text[index]); };
    const unsigned char lead = byte(0);
    if (lead < 0x80) return lead < 0x20 || lead == 0x7F ? control{lead, 1} : control();
    if (lead == 0xC2) return byte(1) < 0xA0 ? control{byte(1), 2} : control();
    if (lead == 0xD8) return byte(1) == 0x9C ? control{0x061C, 2} : control();
    if (lead != 0xE2) return {};
    const char32_t code = 0x2000U | (byte(1) & 0x3FU) << 6 | (byte(2) & 0x3FU);
    const bool is_control = code == 0x200E || code == 0x200F || (code >= 0x2028 && code <= 0x202E) ||
                            (code >= 0x2066 && code <= 0x2069);
    return is_control ? control{code, 3} : control();
}

/// Splits `text` for a writer of output. Calls `write_run(std::string_view)` with each run that a terminal
/// shows unchanged. Calls `write_control(char32_t)` with each control character, and with
/// replacement_character for each byte that is not UTF-8.
template <class WriteRun, class WriteControl>
void split_at_controls(std::string_view text, const WriteRun& write_run, const WriteControl& write_control) {
    std::string_view valid = text.substr(0, valid_utf8_prefix(text));
    std::size_t run = 0;
    while (run < text.size()) {
        // Continuation bytes are never controls, so the run may grow by single bytes.
        const control next =
            run < valid.size() ? control_at_front(valid.substr(run)) : control{replacement_character, 1};
        if (next.size == 0) {
            ++run;
            continue;
        }
        if (run != 0) write_run(text.substr(0, run));
        write_control(next.code);
        text.remove_prefix(run + next.size);
        valid = run < valid.size() ? valid.substr(run + next.size) : text.substr(0, valid_utf8_prefix(text));
        run = 0;
    }
    if (run != 0) write_run(text);
}

}  // namespace tmq::text
