#include "wire/utf8.hpp"

#include <cstddef>
#include <cstdint>

namespace tmq::wire {
namespace {

struct sequence {
    std::size_t length;   ///< 0: no sequence starts with this byte
    std::uint8_t lowest;  ///< range of the second byte; it is what shuts out overlong forms, surrogates and numbers too high
    std::uint8_t highest;
};

sequence sequence_of(std::uint8_t first) noexcept {
    if (first < 0x80) return {1, 0, 0};
    if (first < 0xC2) return {0, 0, 0};
    if (first < 0xE0) return {2, 0x80, 0xBF};
    if (first == 0xE0) return {3, 0xA0, 0xBF};
    if (first == 0xED) return {3, 0x80, 0x9F};
    if (first < 0xF0) return {3, 0x80, 0xBF};
    if (first == 0xF0) return {4, 0x90, 0xBF};
    if (first < 0xF4) return {4, 0x80, 0xBF};
    if (first == 0xF4) return {4, 0x80, 0x8F};
    return {0, 0, 0};
}

}  // namespace

bool is_utf8(std::string_view text) noexcept {
    const auto byte = [text](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
    for (std::size_t at = 0; at < text.size();) {
        const sequence s = sequence_of(byte(at));
        if (s.length == 0 || s.length > text.size() - at) return false;
        if (s.length > 1 && (byte(at + 1) < s.lowest || byte(at + 1) > s.highest)) return false;
        for (std::size_t i = 2; i < s.length; ++i)
            if ((byte(at + i) & 0xC0U) != 0x80) return false;
        at += s.length;
    }
    return true;
}

}  // namespace tmq::wire
