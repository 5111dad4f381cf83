#include "text/utf8.hpp"

#include <cstring>

namespace tmq::text {
namespace {

/// The bytes that a lead byte requires. The range of the first of them alone rules out overlong forms,
/// surrogates and code points above U+10FFFF; the range of the others is always 80..BF.
struct continuation {
    std::size_t count;
    std::uint8_t low;  ///< range of the first byte
    std::uint8_t high;
};

constexpr continuation continuation_after(std::uint8_t lead) noexcept {
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

/// True if the next eight bytes are ASCII.
bool are_eight_ascii(const std::uint8_t* bytes) noexcept {
    std::uint64_t word;
    std::memcpy(&word, bytes, sizeof word);
    return (word & 0x8080808080808080U) == 0;
}

}  // namespace

std::size_t valid_utf8_prefix(std::span<const std::uint8_t> text) noexcept {
    const std::size_t size = text.size();
    std::size_t position = 0;
    while (position < size) {
        if (text[position] < 0x80) {
            while (size - position >= 8 && are_eight_ascii(text.data() + position))
                position += 8;
            while (position < size && text[position] < 0x80)
                ++position;
            continue;
        }
        const continuation expected = continuation_after(text[position]);
        if (expected.count == 0 || size - position <= expected.count) return position;
        if (text[position + 1] < expected.low || text[position + 1] > expected.high) return position;
        for (std::size_t i = 2; i <= expected.count; ++i) {
            if ((text[position + i] & 0xC0) != 0x80) return position;
        }
        position += expected.count + 1;
    }
    return position;
}

}  // namespace tmq::text
