#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace tmq::ws {

/// Length of the longest prefix made of whole, valid UTF-8 sequences: no overlong forms, no surrogates, nothing above U+10FFFF.
std::size_t valid_utf8_prefix(std::span<const std::uint8_t> text) noexcept;

inline bool is_valid_utf8(std::span<const std::uint8_t> text) noexcept { return valid_utf8_prefix(text) == text.size(); }

}  // namespace tmq::ws
