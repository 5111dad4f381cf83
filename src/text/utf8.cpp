#include "text/utf8.hpp"

#include <cstring>

namespace tmq::text {
namespace {

/// What a lead byte asks for: how many bytes follow, and the range of the first of them. That range alone
/// rules out overlong forms, surrogates and code points above U+10FFFF; the others are always 80..BF.
struct sequence {
    std::size_t following;
    std::uint8_t low;
    std::uint8_t high;
};

constexpr sequence sequence_of(std::uint8_t lead) noexcept {
    if (lead < 0xC2) return {0, 0, 0};
    if (lead < 0xE0) return {1, 0x80, 0xBF};
    if (lead == 0xE0) return {2, 0xA0, 0xBF};
    if (lead == 0xED) return {2, 0x80, 0x9F};
    if (lead < 0xF0) return {2, 0x80, 0xBF};
    if (lead == 0xF0) return {3, 0x90, 0xBF};
    if (lead < 0xF4) return {3, 0x80, 0xBF};
    if (lead == 0xF4) return {3, 0x80, 0x8F};
    return {0, 0, 0};
}

/// Whether the next eight bytes are ASCII.
bool eight_ascii(const std::uint8_t* bytes) noexcept {
    std::uint64_t word;
    std::memcpy(&word, bytes, sizeof word);
    return (word & 0x8080808080808080U) == 0;
}

}  // namespace

std::size_t valid_utf8_prefix(std::span<const std::uint8_t> text) noexcept {
    const std::size_t size = text.size();
    std::size_t at = 0;
    while (at < size) {
        if (text[at] < 0x80) {
            while (size - at >= 8 && eight_ascii(text.data() + at))
                at += 8;
            while (at < size && text[at] < 0x80)
                ++at;
            continue;
        }
        const sequence expected = sequence_of(text[at]);
        if (expected.following == 0 || size - at <= expected.following) return at;
        if (text[at + 1] < expected.low || text[at + 1] > expected.high) return at;
        for (std::size_t i = 2; i <= expected.following; ++i) {
            if ((text[at + i] & 0xC0) != 0x80) return at;
        }
        at += expected.following + 1;
    }
    return at;
}

}  // namespace tmq::text
