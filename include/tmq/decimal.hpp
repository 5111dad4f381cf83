#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tmq {

/// A number of a DECIMAL column, exact: a 128-bit integer and how many of its digits stand behind the point.
/// A plain value; compares by what the number is, so 1.0 equals 1.00.
class decimal {
  public:
    static constexpr std::uint8_t max_precision = 38;

    /// 0
    constexpr decimal() noexcept = default;
    /// unscaled / 10^scale. `precision`: how many digits the column has. Throws errc::invalid_argument unless
    /// scale <= precision and 1 <= precision <= 38; the number itself may be any, though a server sends none
    /// with more than `precision` digits.
    constexpr decimal(std::int64_t unscaled, std::uint8_t scale, std::uint8_t precision)
        : decimal(unscaled < 0 ? -1 : 0, static_cast<std::uint64_t>(unscaled), scale, precision) {}
    /// The same with the integer high * 2^64 + low: two's complement in two halves.
    constexpr decimal(std::int64_t high, std::uint64_t low, std::uint8_t scale, std::uint8_t precision)
        : low_(low), high_(high), scale_(scale), precision_(precision) {
        if (precision < 1 || precision > max_precision || scale > precision) throw_invalid(scale, precision);
    }

    /// The number "-123.45", exactly: optional sign, digits, optional point, at least one digit. The scale is
    /// the number of digits behind the point. Nothing when the text is another, or has more than 38 digits
    /// besides leading zeros.
    static std::optional<decimal> from_string(std::string_view text) noexcept;

    /// The integer that is the number times 10^scale().
    constexpr std::int64_t high() const noexcept { return high_; }
    constexpr std::uint64_t low() const noexcept { return low_; }
    /// Digits behind the point, and digits altogether, as the column declares them.
    constexpr std::uint8_t scale() const noexcept { return scale_; }
    constexpr std::uint8_t precision() const noexcept { return precision_; }

    /// Nothing when the number is not whole or does not fit.
    std::optional<std::int64_t> to_int64() const noexcept;
    /// The double next to the number.
    double to_double() const noexcept;

    friend std::weak_ordering operator<=>(const decimal& a, const decimal& b) noexcept;
    friend bool operator==(const decimal& a, const decimal& b) noexcept { return (a <=> b) == 0; }

  private:
    [[noreturn]] static void throw_invalid(std::uint8_t scale, std::uint8_t precision);

    std::uint64_t low_ = 0;
    std::int64_t high_ = 0;
    std::uint8_t scale_ = 0;
    std::uint8_t precision_ = 1;
};

/// All digits of the scale: "-123.45", "0.00", "7".
std::string to_string(const decimal& value);

}  // namespace tmq
