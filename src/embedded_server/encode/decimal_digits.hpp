#pragma once

#include "tmq/decimal.hpp"

#include <cstdint>
#include <optional>

namespace tmq::embedded::encode {

/// Returns the same number with `scale` digits after the point. Returns nothing if digits would be lost, or
/// if it has more than `precision` digits. Range: scale <= precision <= 38.
std::optional<decimal> with_digits(const decimal& value, std::uint8_t precision, std::uint8_t scale) noexcept;

}  // namespace tmq::embedded::encode
