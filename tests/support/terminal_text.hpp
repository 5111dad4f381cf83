#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tmq::test {

/// Text of a peer that would act on a terminal: C0, DEL, C1 as a character and as a byte, a line separator,
/// changes of direction.
inline constexpr std::string_view hostile_text =
    "a\x1b]0;b\x07"
    "c\x7F"
    "d\xC2\x9B"
    "e\x9B"
    "f\xE2\x80\xA8"
    "g\xE2\x80\xAE"
    "h\xE2\x81\xA6"
    "i\xD8\x9C"
    "j";
/// The same, all of it UTF-8.
inline constexpr std::string_view hostile_utf8 =
    "a\x1b]0;b\x07"
    "c\x7F"
    "d\xC2\x9B"
    "g\xE2\x80\xAE"
    "j";

/// What a terminal does not just show, or no UTF-8: as "U+001B at 5", "byte 9B at 7"; empty when there is
/// nothing of that. Line feeds are allowed.
std::string first_control(std::string_view text);

}  // namespace tmq::test
