#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace tmq::text {

/// Returns the length of the longest prefix made of whole, valid UTF-8 sequences: no overlong forms, no
/// surrogates, nothing above U+10FFFF.
std::size_t valid_utf8_prefix(std::span<const std::uint8_t> text) noexcept;

inline std::size_t valid_utf8_prefix(std::string_view text) noexcept {
    return valid_utf8_prefix(std::span(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
}

inline bool is_valid_utf8(std::span<const std::uint8_t> text) noexcept {
    return valid_utf8_prefix(text) == text.size();
}
inline bool is_valid_utf8(std::string_view text) noexcept { return valid_utf8_prefix(text) == text.size(); }

}  // namespace tmq::text
