#pragma once

#include "tmq/decimal.hpp"

#include <cstdint>
#include <optional>

namespace tmq::embedded::encode {

/// The same number with `scale` digits behind the point. Nothing when digits would be lost, or when it has
/// more than `precision` digits. scale <= precision <= 38.
std::optional<decimal> with_digits(const decimal& value, std::uint8_t precision, std::uint8_t scale) noexcept;

}  // namespace tmq::embedded::encode
