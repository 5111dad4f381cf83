#pragma once

#include <cstddef>
#include <functional>

namespace tmq::detail {

/// Returns the hash of a value that consists of parts; `seed` is the hash of those before `part`.
template <class T>
std::size_t combine_hash(std::size_t seed, const T& part) noexcept {
    constexpr auto golden_ratio = static_cast<std::size_t>(0x9E37'79B9'7F4A'7C15);
    return seed ^ (std::hash<T>()(part) + golden_ratio + (seed << 6) + (seed >> 2));
}

}  // namespace tmq::detail
