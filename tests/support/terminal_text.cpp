#include "support/terminal_text.hpp"

#include <fmt/format.h>

namespace tmq::test {
namespace {

bool is_control(std::uint32_t code) {
    return (code < 0x20 && code != '\n') || (code >= 0x7F && code < 0xA0) || code == 0x61C ||
           code == 0x200E || code == 0x200F || (code >= 0x2028 && code <= 0x202E) ||
           (code >= 0x2066 && code <= 0x2069);
}

/// Bytes of the character that a byte begins; 0 for none.
std::size_t length_of(std::uint8_t lead) {
    if (lead < 0x80) return 1;
    if (lead < 0xC2 || lead > 0xF4) return 0;
    return lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
}

}  // namespace

std::string first_control(std::string_view text) {
    for (std::size_t at = 0; at < text.size();) {
        const auto lead = static_cast<std::uint8_t>(text[at]);
        const std::size_t length = length_of(lead);
        if (length == 0 || length > text.size() - at) return fmt::format("byte {:02X} at {}", lead, at);
        std::uint32_t code = length == 1 ? lead : lead & (0x7FU >> length);
        for (std::size_t i = 1; i < length; ++i) {
            const auto next = static_cast<std::uint8_t>(text[at + i]);
            if ((next & 0xC0) != 0x80) return fmt::format("byte {:02X} at {}", lead, at);
            code = code << 6 | (next & 0x3FU);
        }
        if (is_control(code)) return fmt::format("U+{:04X} at {}", code, at);
        at += length;
    }
    return {};
}

}  // namespace tmq::test
