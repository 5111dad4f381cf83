#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>

namespace tmq::embedded::encode {

/// Appends an integer, least significant byte first, to a container of bytes or chars.
template <std::integral T, class Container>
void append_le(Container& out, T value) {
    auto rest = static_cast<std::uint64_t>(value);
    for (std::size_t i = 0; i < sizeof(T); ++i, rest >>= 8)
        out.push_back(static_cast<typename Container::value_type>(rest & 0xff));
}

/// Overwrites bytes with an integer, least significant byte first.
template <std::integral T>
void store_le(std::byte* target, T value) noexcept {
    auto rest = static_cast<std::uint64_t>(value);
    for (std::size_t i = 0; i < sizeof(T); ++i, rest >>= 8)
        target[i] = static_cast<std::byte>(rest & 0xff);
}

/// Reads an integer, least significant byte first. All its bytes must be readable.
template <std::integral T>
T load_le(const std::byte* source) noexcept {
    std::uint64_t value = 0;
    for (std::size_t i = sizeof(T); i-- > 0;)
        value = value << 8 | std::to_integer<std::uint64_t>(source[i]);
    return static_cast<T>(value);
}

}  // namespace tmq::embedded::encode
