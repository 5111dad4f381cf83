#pragma once

#include <cstdint>

namespace tmq::wire {

/// Writes a code point as UTF-8, at most four bytes, and returns their end. Returns nullptr if `code` is no
/// code point.
inline std::uint8_t* write_utf8(std::uint32_t code, std::uint8_t* out) noexcept {
    const auto continuation = [](std::uint32_t bits) {
        return static_cast<std::uint8_t>(0x80U | (bits & 0x3FU));
    };
    if (code < 0x80) {
        *out++ = static_cast<std::uint8_t>(code);
    } else if (code < 0x800) {
        *out++ = static_cast<std::uint8_t>(0xC0U | code >> 6);
        *out++ = continuation(code);
    } else if (code < 0x10000) {
        if (code - 0xD800 < 0x800) return nullptr;
        *out++ = static_cast<std::uint8_t>(0xE0U | code >> 12);
        *out++ = continuation(code >> 6);
        *out++ = continuation(code);
    } else {
        if (code > 0x10FFFF) return nullptr;
        *out++ = static_cast<std::uint8_t>(0xF0U | code >> 18);
        *out++ = continuation(code >> 12);
        *out++ = continuation(code >> 6);
        *out++ = continuation(code);
    }
    return out;
}

}  // namespace tmq::wire
