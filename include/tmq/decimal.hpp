#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>

namespace tmq {

/// A number of a DECIMAL column, exact: a 128-bit integer and the number of its digits after the point. A
/// plain value; compares by number, so 1.0 equals 1.00.
class decimal {
  public:
    static constexpr std::uint8_t max_precision = 38;

    /// Zero.
    constexpr decimal() noexcept = default;
    /// Creates unscaled / 10^scale of a column DECIMAL(precision, scale). `precision` is the number of its
    /// digits. Range: 1 <= precision <= 38, scale <= precision. The number may be any, though a server sends
    /// none with more than `precision` digits.
    /// *Throws* errc::invalid_argument outside these ranges.
    constexpr decimal(std::int64_t unscaled, std::uint8_t precision, std::uint8_t scale)
        : decimal(unscaled < 0 ? -1 : 0, static_cast<std::uint64_t>(unscaled), precision, scale) {}
    /// Creates the same from the integer high * 2^64 + low: two's complement in two halves.
    constexpr decimal(std::int64_t high, std::uint64_t low, std::uint8_t precision, std::uint8_t scale)
        : low_(low), high_(high), scale_(scale), precision_(precision) {
        if (precision < 1 || precision > max_precision || scale > precision) throw_invalid(precision, scale);
    }

    /// Returns the number of a text such as "-123.45", exactly: optional sign, digits, optional point, at
    /// least one digit. The scale is the number of digits after the point. Returns std::nullopt for any other
    /// text, and for more than 38 digits besides leading zeros.
    static std::optional<decimal> from_string(std::string_view text) noexcept;

    /// High and low half of the integer that is the number times 10^scale().
    constexpr std::int64_t high() const noexcept { return high_; }
    constexpr std::uint64_t low() const noexcept { return low_; }
#ifdef __SIZEOF_INT128__
    /// An integer of 128 bits, where the compiler has one.
    __extension__ using int128 = __int128;
    /// Returns that integer whole: the number times 10^scale().
    constexpr int128 unscaled() const noexcept {
        return static_cast<int128>(high_) * (static_cast<int128>(1) << 64) + low_;
    }
#endif
    /// Digits in total, and digits after the point, as the column declares them.
    constexpr std::uint8_t precision() const noexcept { return precision_; }
    constexpr std::uint8_t scale() const noexcept { return scale_; }

    /// Returns the number as an integer, or std::nullopt if it is not whole or does not fit.
    std::optional<std::int64_t> to_int64() const noexcept;
    /// Returns the double nearest to the number.
    double to_double() const noexcept;

    friend std::weak_ordering operator<=>(const decimal& a, const decimal& b) noexcept;
    friend bool operator==(const decimal& a, const decimal& b) noexcept { return (a <=> b) == 0; }
    /// Prints as to_string.
    friend std::ostream& operator<<(std::ostream& out, const decimal& number);

  private:
    [[noreturn]] static void throw_invalid(std::uint8_t precision, std::uint8_t scale);

    std::uint64_t low_ = 0;
    std::int64_t high_ = 0;
    std::uint8_t scale_ = 0;
    std::uint8_t precision_ = 1;
};

/// Returns the number with all digits of the scale: "-123.45", "0.00", "7".
std::string to_string(const decimal& value);

}  // namespace tmq

/// Equal numbers have equal hashes: 1.0 has that of 1.00.
template <>
struct std::hash<tmq::decimal> {
    std::size_t operator()(const tmq::decimal& number) const noexcept;
};
