#include "tmq/decimal.hpp"

#include "tmq/error.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <random>
#include <string>
#include <vector>

namespace tmq {
namespace {

constexpr std::int64_t lowest = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t highest = std::numeric_limits<std::int64_t>::max();

decimal number(std::string_view text) { return decimal::from_string(text).value(); }

TEST(decimal, prints_all_digits_of_its_scale) {
    EXPECT_EQ(to_string(decimal(-12345, 5, 2)), "-123.45");
    EXPECT_EQ(to_string(decimal(0, 10, 2)), "0.00");
    EXPECT_EQ(to_string(decimal(7, 1, 0)), "7");
    EXPECT_EQ(to_string(decimal(1, 18, 18)), "0.000000000000000001");
    EXPECT_EQ(to_string(decimal(-5, 10, 2)), "-0.05");
    EXPECT_EQ(to_string(decimal(1200, 10, 2)), "12.00");
    EXPECT_EQ(to_string(decimal(10, 2, 1)), "1.0");
    EXPECT_EQ(to_string(decimal()), "0");
}

TEST(decimal, prints_the_extremes_of_each_width) {
    EXPECT_EQ(to_string(decimal(highest, 18, 0)), "9223372036854775807");
    EXPECT_EQ(to_string(decimal(lowest, 18, 18)), "-9.223372036854775808");
    EXPECT_EQ(to_string(decimal(1, 0, 38, 0)), "18446744073709551616");
    EXPECT_EQ(to_string(decimal(highest, ~std::uint64_t{0}, 38, 0)),
              "170141183460469231731687303715884105727");
    EXPECT_EQ(to_string(decimal(lowest, 0, 38, 0)), "-170141183460469231731687303715884105728");
    EXPECT_EQ(to_string(decimal(lowest, 0, 38, 38)), "-1.70141183460469231731687303715884105728");
}

TEST(decimal, keeps_what_it_was_made_of) {
    constexpr decimal value(-2, 7, 20, 3);
    static_assert(value.high() == -2 && value.low() == 7 && value.scale() == 3 && value.precision() == 20);
    constexpr decimal narrow(-1, 1, 0);
    static_assert(narrow.high() == -1 && narrow.low() == ~std::uint64_t{0});
    static_assert(narrow.precision() == 1 && narrow.scale() == 0);
}

TEST(decimal, has_its_unscaled_integer_whole) {
    EXPECT_TRUE(number("-123.45").unscaled() == -12'345);
    EXPECT_TRUE(decimal(0, ~std::uint64_t{0}, 38, 0).unscaled() == ~std::uint64_t{0});
    constexpr auto least = static_cast<decimal::int128>(lowest) * 2 * (std::int64_t{1} << 62) * 2;
    EXPECT_TRUE(decimal(lowest, 0, 38, 5).unscaled() == least);
    EXPECT_TRUE(decimal(-1, 5, 38, 5).unscaled() ==
                5 - static_cast<decimal::int128>(1) * (std::int64_t{1} << 62) * 4);
    EXPECT_TRUE(decimal(highest, ~std::uint64_t{0}, 38, 5).unscaled() == -(least + 1));
}

TEST(decimal, refuses_a_scale_or_precision_that_no_column_has) {
    for (const auto& [scale, precision] :
         std::vector<std::pair<int, int>>{{0, 0}, {0, 39}, {3, 2}, {39, 39}, {255, 255}}) {
        try {
            decimal(1, static_cast<std::uint8_t>(precision), static_cast<std::uint8_t>(scale));
            ADD_FAILURE() << scale << ", " << precision;
        } catch (const error& e) {
            EXPECT_EQ(e.code(), errc::invalid_argument);
        }
    }
    EXPECT_NO_THROW(decimal(1, 38, 38));
}

TEST(decimal, reads_back_what_it_prints) {
    const std::string nines(38, '9');
    for (const std::string& text :
         {std::string("0"), std::string("0.00"), std::string("-0.05"), std::string("12345678.91"), nines,
          "-" + nines, "0." + nines, "-0." + nines, nines.substr(0, 28) + "." + nines.substr(28)}) {
        const auto value = decimal::from_string(text);
        ASSERT_TRUE(value) << text;
        EXPECT_EQ(to_string(*value), text);
    }
    EXPECT_EQ(to_string(number("+1.5")), "1.5");
    EXPECT_EQ(to_string(number(".5")), "0.5");
    EXPECT_EQ(to_string(number("5.")), "5");
    EXPECT_EQ(to_string(number("-0")), "0");
    EXPECT_EQ(to_string(number(std::string(100, '0') + "1")), "1");
}

TEST(decimal, of_a_text_has_the_digits_of_the_text) {
    EXPECT_EQ(number("-123.45").scale(), 2);
    EXPECT_EQ(number("-123.45").precision(), 5);
    EXPECT_EQ(number("0.001").scale(), 3);
    EXPECT_EQ(number("0.001").precision(), 3);
    EXPECT_EQ(number("0").precision(), 1);
    EXPECT_EQ(number("007").precision(), 1);
}

TEST(decimal, refuses_text_that_is_no_number_or_too_long) {
    for (const std::string text :
         {"", "-", "+", ".", "-.", "1.2.3", "1e5", " 1", "1 ", "--1", "+-1", "0x1", "1,5", "NaN"})
        EXPECT_FALSE(decimal::from_string(text)) << text;
    EXPECT_FALSE(decimal::from_string("1" + std::string(38, '0')));
    EXPECT_FALSE(decimal::from_string("-1" + std::string(38, '0')));
    EXPECT_FALSE(decimal::from_string("0." + std::string(39, '0')));
    EXPECT_FALSE(decimal::from_string("1." + std::string(38, '0')));
    EXPECT_FALSE(decimal::from_string(std::string(1'000'000, '9')));
}

TEST(decimal, compares_by_what_the_number_is) {
    // In ascending order.
    const std::string nines(38, '9');
    const std::vector<decimal> ascending = {
        decimal(lowest, 0, 38, 0),
        number("-" + nines),
        number("-1000000000000000000000000000.5"),
        number("-2"),
        number("-1." + std::string(36, '0') + "1"),
        number("-1"),
        number("-0." + std::string(37, '0') + "1"),
        number("0"),
        number("0." + std::string(37, '0') + "1"),
        number("0." + nines),
        number("1"),
        decimal(lowest, 0, 38, 38) < number("-1") ? number("1.000000001") : number("0"),
        number("1.7"),
        decimal(highest, ~std::uint64_t{0}, 38, 38),
        number("9223372036854775807"),
        number("9223372036854775807.1"),
        number(nines),
        decimal(highest, ~std::uint64_t{0}, 38, 0)};
    for (std::size_t i = 0; i < ascending.size(); ++i) {
        for (std::size_t j = 0; j < ascending.size(); ++j) {
            EXPECT_EQ(ascending[i] < ascending[j], i < j)
                << to_string(ascending[i]) << " and " << to_string(ascending[j]);
            EXPECT_EQ(ascending[i] == ascending[j], i == j);
            EXPECT_EQ(ascending[i] > ascending[j], i > j);
        }
    }
}

TEST(decimal, equals_itself_with_more_digits) {
    EXPECT_EQ(number("1.0"), number("1.0000"));
    EXPECT_EQ(number("-0.50"), number("-0.5"));
    EXPECT_EQ(number("0"), number("0.000"));
    EXPECT_EQ(number("10"), number("10." + std::string(36, '0')));
    EXPECT_NE(number("10"), number("10." + std::string(35, '0') + "1"));
    EXPECT_EQ(decimal(5, 1, 0), decimal(50, 38, 1));
}

TEST(decimal, becomes_an_integer_only_when_it_is_one) {
    EXPECT_EQ(number("12.00").to_int64(), 12);
    EXPECT_EQ(number("-12").to_int64(), -12);
    EXPECT_EQ(number("0.000").to_int64(), 0);
    EXPECT_EQ(number("12.01").to_int64(), std::nullopt);
    EXPECT_EQ(number("-0.5").to_int64(), std::nullopt);
    EXPECT_EQ(number("9223372036854775807.000").to_int64(), highest);
    EXPECT_EQ(number("9223372036854775808").to_int64(), std::nullopt);
    EXPECT_EQ(number("-9223372036854775808.0").to_int64(), lowest);
    EXPECT_EQ(number("-9223372036854775809").to_int64(), std::nullopt);
    EXPECT_EQ(number(std::string(38, '9')).to_int64(), std::nullopt);
    EXPECT_EQ(decimal(1, 0, 38, 0).to_int64(), std::nullopt);
    EXPECT_EQ(decimal(lowest, 0, 38, 0).to_int64(), std::nullopt);
}

TEST(decimal, becomes_the_double_next_to_it) {
    EXPECT_EQ(number("0.1").to_double(), 0.1);
    EXPECT_EQ(number("-123.45").to_double(), -123.45);
    EXPECT_EQ(number("0.00").to_double(), 0.0);
    EXPECT_EQ(number(std::string(38, '9')).to_double(), 1e38);
    EXPECT_EQ(number("9007199254740993").to_double(), 9007199254740992.0) << "half way: to even";
    EXPECT_EQ(number("9007199254740993.0000000001").to_double(), 9007199254740994.0);
    EXPECT_EQ(decimal(lowest, 0, 38, 0).to_double(), -std::ldexp(1.0, 127));
    EXPECT_EQ(decimal(1, 38, 38).to_double(), 1e-38);
}

/// Numbers around those where the digits are worked out in another way: powers of ten, of two, and what 64
/// bits hold.
std::vector<decimal> numbers_of_every_size(std::uint8_t scale) {
    std::vector<decimal> numbers;
    const auto add = [&](std::int64_t high, std::uint64_t low) {
        for (const std::uint64_t near : {low - 1, low, low + 1}) {
            numbers.emplace_back(high, near, 38, scale);
            numbers.emplace_back(~high, ~near, 38, scale);
        }
    };
    for (unsigned bit = 0; bit < 64; ++bit)
        add(0, std::uint64_t{1} << bit);
    for (unsigned bit = 0; bit < 63; ++bit)
        add(std::int64_t{1} << bit, std::uint64_t{1} << (63 - bit));
    for (std::uint64_t power = 1; power < 10'000'000'000'000'000'000U; power *= 10)
        add(0, power);
    add(0x0DE0'B6B3, 0xA764'0000'0000'0000);  // 10^18 * 2^32
    add(0, ~std::uint64_t{0});
    add(highest, ~std::uint64_t{0} - 1);
    return numbers;
}

/// The digits one by one, by division on paper: 32 bits at a time.
std::string digits_of(const decimal& value) {
    std::uint64_t high = static_cast<std::uint64_t>(value.high());
    std::uint64_t low = value.low();
    if (value.high() < 0) {
        low = ~low + 1;
        high = ~high + (low == 0 ? 1U : 0U);
    }
    std::array<std::uint64_t, 4> parts = {high >> 32, high & 0xFFFF'FFFF, low >> 32, low & 0xFFFF'FFFF};
    std::string digits;
    while (digits.size() <= value.scale() || parts != std::array<std::uint64_t, 4>()) {
        std::uint64_t rest = 0;
        for (std::uint64_t& part : parts) {
            part |= rest << 32;
            rest = part % 10;
            part /= 10;
        }
        digits.insert(digits.begin(), static_cast<char>('0' + rest));
    }
    if (value.scale() != 0) digits.insert(digits.size() - value.scale(), ".");
    return value.high() < 0 ? '-' + digits : digits;
}

TEST(decimal, has_the_digits_that_division_on_paper_gives) {
    for (const unsigned scale : {0U, 1U, 17U, 18U, 19U, 20U, 36U, 37U, 38U})
        for (const decimal& value : numbers_of_every_size(static_cast<std::uint8_t>(scale)))
            ASSERT_EQ(to_string(value), digits_of(value));
}

TEST(decimal, becomes_the_double_that_its_text_is_read_as) {
    for (std::uint8_t scale = 0; scale <= 38; ++scale)
        for (const decimal& value : numbers_of_every_size(scale))
            ASSERT_EQ(value.to_double(), std::strtod(to_string(value).c_str(), nullptr)) << to_string(value);
    std::mt19937_64 random(7);
    for (int round = 0; round < 20'000; ++round) {
        const decimal value(static_cast<std::int64_t>(random()) >> random() % 64, 38,
                            static_cast<std::uint8_t>(random() % 39));
        ASSERT_EQ(value.to_double(), std::strtod(to_string(value).c_str(), nullptr)) << to_string(value);
    }
}

TEST(decimal, agrees_with_integers_of_one_scale) {
    std::mt19937_64 random(5);
    for (int round = 0; round < 20'000; ++round) {
        const auto a = static_cast<std::int64_t>(random()) >> random() % 64;
        const auto b = static_cast<std::int64_t>(random()) >> random() % 64;
        const auto scale = static_cast<std::uint8_t>(random() % 19);
        const decimal x(a, 18, scale);
        const decimal y(b, 38, scale);
        ASSERT_EQ(x < y, a < b);
        ASSERT_EQ(x == y, a == b);
        const auto read = decimal::from_string(to_string(x));
        ASSERT_TRUE(read);
        ASSERT_EQ(read->low(), static_cast<std::uint64_t>(a));
        ASSERT_EQ(read->high(), a < 0 ? -1 : 0);
        ASSERT_EQ(read->scale(), scale);
    }
}

}  // namespace
}  // namespace tmq
