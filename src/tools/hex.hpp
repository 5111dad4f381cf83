#pragma once

#include "tmq/types.hpp"

#include <cstddef>
#include <string_view>

namespace tmq::tools {

/// Appends two lowercase digits for each byte, to anything with push_back().
template <class Text>
void append_hex(Text& out, bytes_view bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    for (const std::byte one : bytes) {
        out.push_back(digits[std::to_integer<unsigned>(one) >> 4]);
        out.push_back(digits[std::to_integer<unsigned>(one) & 15]);
    }
}

}  // namespace tmq::tools
