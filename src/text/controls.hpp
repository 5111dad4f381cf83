#pragma once

#include "text/utf8.hpp"

#include <cstddef>
#include <string_view>

namespace tmq::text {

/// Stands for each byte that is not UTF-8.
inline constexpr char32_t replacement_character = 0xFFFD;

/// A character that acts on a terminal, or reorders or breaks the text around it, instead of being shown.
struct control {
    char32_t code = 0;
    std::size_t size = 0;  ///< its bytes in UTF-8; 0: there is none
};

/// The control character at the front of `text`, which is valid UTF-8 and not empty: C0, DEL, C1, U+2028,
/// U+2029, and what changes the direction of text (U+061C, U+200E, U+200F, U+202A to U+202E, U+2066 to
/// U+2069).
constexpr control control_at_front(std::string_view text) noexcept {
    const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char lead = byte(0);
    if (lead < 0x80) return lead < 0x20 || lead == 0x7F ? control{lead, 1} : control();
    if (lead == 0xC2) return byte(1) < 0xA0 ? control{byte(1), 2} : control();
    if (lead == 0xD8) return byte(1) == 0x9C ? control{0x061C, 2} : control();
    if (lead != 0xE2) return {};
    const char32_t code = 0x2000U | (byte(1) & 0x3FU) << 6 | (byte(2) & 0x3FU);
    const bool acts = code == 0x200E || code == 0x200F || (code >= 0x2028 && code <= 0x202E) ||
                      (code >= 0x2066 && code <= 0x2069);
    return acts ? control{code, 3} : control();
}

/// Splits `text` for a writer of output: calls `shown(std::string_view)` with each run that a terminal shows
/// as it is, and `other(char32_t)` with each control character, and with replacement_character for each byte
/// that is not UTF-8.
template <class Shown, class Other>
void split_at_controls(std::string_view text, const Shown& shown, const Other& other) {
    std::string_view valid = text.substr(0, valid_utf8_prefix(text));
    std::size_t run = 0;
    while (run < text.size()) {
        // Continuation bytes are never controls, so that the run may grow by single bytes.
        const control found =
            run < valid.size() ? control_at_front(valid.substr(run)) : control{replacement_character, 1};
        if (found.size == 0) {
            ++run;
            continue;
        }
        if (run != 0) shown(text.substr(0, run));
        other(found.code);
        text.remove_prefix(run + found.size);
        valid = run < valid.size() ? valid.substr(run + found.size) : text.substr(0, valid_utf8_prefix(text));
        run = 0;
    }
    if (run != 0) shown(text);
}

}  // namespace tmq::text
