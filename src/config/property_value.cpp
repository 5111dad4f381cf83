#include "config/property.hpp"
#include "text/similar.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace tmq::settings {
namespace {

/// Bound of the sums below, so that they cannot overflow: three years in milliseconds. Durations above a year
/// count as a year.
constexpr std::int64_t duration_bound = 100'000'000'000;

/// Parses digits, with an optional '-' before them and nothing else.
std::optional<std::int64_t> parse_number(std::string_view text) noexcept {
    std::int64_t value = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (ec != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

/// Parses digits with at most one point before, between or after them, and nothing else.
std::optional<double> parse_decimal(std::string_view text) noexcept {
    if (text.find_first_not_of("0123456789.") != std::string_view::npos) return std::nullopt;
    double value = 0;
    const auto [end, ec] =
        std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
    if (ec != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

/// Removes a unit from the front and returns its milliseconds; 0 if there is none.
std::int64_t take_unit(std::string_view& text) noexcept {
    struct unit {
        std::string_view name;
        std::int64_t milliseconds;
    };
    // "ms" must be tried before "m".
    constexpr unit units[] = {{"ms", 1}, {"s", 1'000}, {"m", 60'000}, {"h", 3'600'000}};
    for (const unit& known : units) {
        if (!text.starts_with(known.name)) continue;
        text.remove_prefix(known.name.size());
        return known.milliseconds;
    }
    return 0;
}

/// Parses a duration as Go writes it, "1h2m3.5s". Truncates it to whole milliseconds.
std::optional<std::int64_t> parse_duration(std::string_view text) noexcept {
    if (text.empty()) return std::nullopt;
    std::int64_t total = 0;
    while (!text.empty()) {
        std::int64_t whole = 0;
        std::int64_t fraction = 0;
        std::int64_t scale = 1;
        std::size_t digits = 0;
        for (; !text.empty() && is_digit(text.front()); text.remove_prefix(1), ++digits)
            if (whole < duration_bound) whole = whole * 10 + (text.front() - '0');
        if (!text.empty() && text.front() == '.') {
            text.remove_prefix(1);
            for (; !text.empty() && is_digit(text.front()); text.remove_prefix(1), ++digits) {
                if (scale > 100'000'000) continue;  // fractions this small are far below a millisecond
                fraction = fraction * 10 + (text.front() - '0');
                scale *= 10;
            }
        }
        const std::int64_t unit = digits == 0 ? 0 : take_unit(text);
        if (unit == 0) return std::nullopt;
        total = std::min(total + whole * unit + fraction * unit / scale, duration_bound);
    }
    return total;
}

std::string_view noun(form syntax) noexcept {
    switch (syntax) {
        case form::decimal: return "a decimal number";
        case form::bytes: return "a number of bytes";
        case form::milliseconds: return "a number of milliseconds";
        case form::duration: return "a number of milliseconds or a time like 1m30s";
        default: return "a number";
    }
}

}  // namespace

bool given_value::boolean() const {
    if (text_ == "1" || text::same_but_for_case(text_, "true")) return true;
    if (text_ == "0" || text::same_but_for_case(text_, "false")) return false;
    refuse("must be true, false, 1 or 0");
}

std::int64_t given_value::number() const {
    std::optional<std::int64_t> value = parse_number(text_);
    if (!value && property_.syntax == form::duration) value = parse_duration(text_);
    // If the range has no negative numbers, one is refused with the text for what is no number.
    if (!value || (*value < 0 && property_.allowed->least >= 0))
        refuse(fmt::format("must be {}, {}", noun(property_.syntax), property_.allowed->text()));
    require(name_, *value, *property_.allowed);
    return *value;
}

double given_value::decimal() const {
    const std::optional<double> value = parse_decimal(text_);
    if (!value) refuse(fmt::format("must be {}, {}", noun(property_.syntax), property_.allowed->text()));
    require_decimal(name_, *value, *property_.allowed);
    return *value;
}

std::size_t given_value::choice(std::span<const std::string_view> words) const {
    for (std::size_t i = 0; i < words.size(); ++i)
        if (text_ == words[i]) return i;
    refuse(fmt::format("must be {}", property_.words));
}

}  // namespace tmq::settings
