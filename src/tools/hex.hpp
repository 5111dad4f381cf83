#pragma once

#include "tmq/types.hpp"

#include <cstddef>
#include <string_view>

namespace tmq::tools {

/// Appends two lowercase digits for each byte. `Text` needs push_back().
template <class Text>
void append_hex(Text& out, bytes_view bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    for (const std::byte byte : bytes) {
        out.push_back(digits[std::to_integer<unsigned>(byte) >> 4]);
        out.push_back(digits[std::to_integer<unsigned>(byte) & 15]);
    }
}

}  // namespace tmq::tools
