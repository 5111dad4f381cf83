#pragma once

#include "embedded_server/encode/little_endian.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tmq::embedded::encode {

/// Decodes the first UTF-8 sequence of `text`, which is not empty, to `code`. Returns its length; 0 if it is
/// not UTF-8.
std::size_t decode_utf8(std::string_view text, std::uint32_t& code) noexcept;

/// Appends UTF-8 in the form of NCHAR, four bytes per character. Returns false if it is not UTF-8; a part may
/// be appended then.
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
