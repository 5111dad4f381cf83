#pragma once

#include "embedded_server/encode/little_endian.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tmq::embedded::encode {

/// Length of the UTF-8 sequence that starts at `text`, which is not empty, and its code point; 0 when it is
/// none.
std::size_t decode_utf8(std::string_view text, std::uint32_t& code) noexcept;

/// Appends UTF-8 as NCHAR is stored, four bytes per character. False when it is not UTF-8: then a part may
/// have been appended.
template <class Container>
bool append_ucs4(Container& out, std::string_view text) {
    while (!text.empty()) {
        std::uint32_t code = 0;
        const std::size_t length = decode_utf8(text, code);
        if (length == 0) return false;
        append_le(out, code);
        text.remove_prefix(length);
    }
    return true;
}

}  // namespace tmq::embedded::encode
