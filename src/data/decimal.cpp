#include "tmq/decimal.hpp"

#include "tmq/detail/hash.hpp"
#include "tmq/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <ostream>

namespace tmq {
namespace {

__extension__ using uint128 = unsigned __int128;

constexpr auto powers_of_ten = [] {
    std::array<uint128, decimal::max_precision + 1> powers{1};
    for (std::size_t i = 1; i < powers.size(); ++i)
        powers[i] = powers[i - 1] * 10;
    return powers;
}();

uint128 magnitude_of(const decimal& value) noexcept {
    const uint128 bits = static_cast<uint128>(static_cast<std::uint64_t>(value.high())) << 64 | value.low();
    return value.high() < 0 ? -bits : bits;
}

/// A number without its sign. Its two parts are compared in this order.
struct parts {
    uint128 whole;
    uint128 fraction;  ///< in units of 10^-38
};

parts parts_of(const decimal& value) noexcept {
    const uint128 magnitude = magnitude_of(value);
    const uint128 unit = powers_of_ten[value.scale()];
    return {magnitude / unit, magnitude % unit * powers_of_ten[decimal::max_precision - value.scale()]};
}

std::weak_ordering compare(uint128 a, uint128 b) noexcept {
    return a < b   ? std::weak_ordering::less
           : a > b ? std::weak_ordering::greater
                   : std::weak_ordering::equivalent;
}

/// Text of a number: a sign, at most 39 digits, at least one of them before the point, and the point.
class decimal_text {
  public:
    explicit decimal_text(const decimal& value) noexcept : fraction_digits_(value.scale()) {
        uint128 rest = magnitude_of(value);
        // Division of 128 bits is slow, so most digits come from divisions of 64 bits.
        constexpr std::uint64_t chunk = 1'000'000'000'000'000'000;
        while (rest > std::numeric_limits<std::uint64_t>::max()) {
            put(static_cast<std::uint64_t>(rest % chunk), 18);
            rest /= chunk;
        }
        put(static_cast<std::uint64_t>(rest), 1);
        while (fraction_digits_ > 0)
            put(0, 1);
        if (*begin_ == '.') put(0, 1);
        if (value.high() < 0) *--begin_ = '-';
    }
    std::string_view view() const noexcept {
        return {begin_, static_cast<std::size_t>(text_.data() + text_.size() - begin_)};
    }

  private:
    /// Writes `number` before the text so far, with at least `digits` digits. Each division waits for the
    /// previous one, so two digits are taken from each.
    void put(std::uint64_t number, int digits) noexcept {
        for (; number >= 10 || digits >= 2; number /= 100, digits -= 2) {
            const auto pair = static_cast<unsigned>(number % 100);
            put_digit(pair % 10);
            put_digit(pair / 10);
        }
        if (number != 0 || digits > 0) put_digit(static_cast<unsigned>(number));
    }
    void put_digit(unsigned digit) noexcept {
        *--begin_ = static_cast<char>('0' + digit);
        if (--fraction_digits_ == 0) *--begin_ = '.';
    }

    std::array<char, 44> text_;
    char* begin_ = text_.data() + text_.size();
    int fraction_digits_;  ///< left to write; 0 or less if the point is written, or there is none
};

}  // namespace

void decimal::throw_invalid(std::uint8_t precision, std::uint8_t scale) {
    throw error(errc::invalid_argument, fmt::format("DECIMAL({}, {})", precision, scale));
}

std::optional<decimal> decimal::from_string(std::string_view text) noexcept {
    const bool negative = text.starts_with('-');
    if (negative || text.starts_with('+')) text.remove_prefix(1);

    uint128 magnitude = 0;
    std::size_t digits = 0;  // without leading zeros
    std::size_t scale = 0;
    bool has_digits = false;
    bool has_point = false;
    for (const char c : text) {
        if (c == '.' && !has_point) {
            has_point = true;
            continue;
        }
        if (c < '0' || c > '9') return std::nullopt;
        has_digits = true;
        magnitude = magnitude * 10 + static_cast<unsigned>(c - '0');
        digits += magnitude != 0 ? 1U : 0U;
        scale += has_point ? 1U : 0U;
        if (digits > max_precision || scale > max_precision) return std::nullopt;
    }
    if (!has_digits) return std::nullopt;
    const uint128 bits = negative ? -magnitude : magnitude;
    const auto precision = std::max({digits, scale, std::size_t{1}});
    return decimal(static_cast<std::int64_t>(bits >> 64), static_cast<std::uint64_t>(bits),
                   static_cast<std::uint8_t>(precision), static_cast<std::uint8_t>(scale));
}

std::optional<std::int64_t> decimal::to_int64() const noexcept {
    const uint128 magnitude = magnitude_of(*this);
    const uint128 unit = powers_of_ten[scale_];
    const uint128 whole = magnitude / unit;
    if (whole * unit != magnitude) return std::nullopt;
    constexpr uint128 largest = std::numeric_limits<std::int64_t>::max();
    if (high_ < 0) {
        if (whole > largest + 1) return std::nullopt;
        return static_cast<std::int64_t>(-static_cast<std::uint64_t>(whole));
    }
    if (whole > largest) return std::nullopt;
    return static_cast<std::int64_t>(whole);
}

double decimal::to_double() const noexcept {
    // If a double holds both numbers exactly, their quotient is the nearest double.
    constexpr std::array exact_powers = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                         1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                         1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    constexpr std::uint64_t largest_exact = std::uint64_t{1} << std::numeric_limits<double>::digits;
    const uint128 magnitude = magnitude_of(*this);
    if (magnitude <= largest_exact && scale_ < exact_powers.size()) {
        const double quotient =
            static_cast<double>(static_cast<std::uint64_t>(magnitude)) / exact_powers[scale_];
        return high_ < 0 ? -quotient : quotient;
    }
    const decimal_text text(*this);
    double value = 0;
    std::from_chars(text.view().data(), text.view().data() + text.view().size(), value);
    return value;
}

std::weak_ordering operator<=>(const decimal& a, const decimal& b) noexcept {
    const bool a_negative = a.high_ < 0;
    const bool b_negative = b.high_ < 0;
    if (a_negative != b_negative) return a_negative ? std::weak_ordering::less : std::weak_ordering::greater;
    const parts x = parts_of(a_negative ? b : a);
    const parts y = parts_of(a_negative ? a : b);
    const std::weak_ordering whole = compare(x.whole, y.whole);
    return whole != 0 ? whole : compare(x.fraction, y.fraction);
}

std::string to_string(const decimal& value) { return std::string(decimal_text(value).view()); }

std::ostream& operator<<(std::ostream& out, const decimal& number) {
    return out << decimal_text(number).view();
}

}  // namespace tmq

std::size_t std::hash<tmq::decimal>::operator()(const tmq::decimal& number) const noexcept {
    const tmq::parts parts = tmq::parts_of(number);
    std::size_t seed = number.high() < 0 ? 1 : 0;
    for (const tmq::uint128 part : {parts.whole, parts.fraction}) {
        seed = tmq::detail::combine_hash(seed, static_cast<std::uint64_t>(part >> 64));
        seed = tmq::detail::combine_hash(seed, static_cast<std::uint64_t>(part));
    }
    return seed;
}
