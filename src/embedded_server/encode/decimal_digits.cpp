#include "embedded_server/encode/decimal_digits.hpp"

namespace tmq::embedded::encode {

namespace {

__extension__ using uint128 = unsigned __int128;

constexpr uint128 power_of_ten(unsigned exponent) noexcept {
    uint128 power = 1;
    for (; exponent != 0; --exponent)
        power *= 10;
    return power;
}

}  // namespace

std::optional<decimal> with_digits(const decimal& value, std::uint8_t precision,
                                   std::uint8_t scale) noexcept {
    const bool negative = value.high() < 0;
    uint128 number = static_cast<uint128>(static_cast<std::uint64_t>(value.high())) << 64 | value.low();
    if (negative) number = -number;
    const uint128 end = power_of_ten(precision);
    if (scale < value.scale()) {
        const uint128 unit = power_of_ten(static_cast<unsigned>(value.scale() - scale));
        if (number % unit != 0) return std::nullopt;
        number /= unit;
    } else if (number != 0) {
        const uint128 unit = power_of_ten(static_cast<unsigned>(scale - value.scale()));
        if (number > (end - 1) / unit) return std::nullopt;
        number *= unit;
    }
    if (number >= end) return std::nullopt;
    if (negative) number = -number;
    return decimal(static_cast<std::int64_t>(static_cast<std::uint64_t>(number >> 64)),
                   static_cast<std::uint64_t>(number), precision, scale);
}

}  // namespace tmq::embedded::encode
