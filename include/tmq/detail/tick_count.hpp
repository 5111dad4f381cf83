#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <limits>
#include <ratio>
#include <type_traits>
#include <utility>

namespace tmq::detail {

template <class Duration>
concept integral_duration =
    std::integral<typename Duration::rep> &&
    std::same_as<Duration, std::chrono::duration<typename Duration::rep, typename Duration::period>>;

/// Returns the number, or the nearest one that a To holds.
template <std::integral To, std::integral From>
constexpr To saturate(From number) noexcept {
    if (std::cmp_less(number, std::numeric_limits<To>::min())) return std::numeric_limits<To>::min();
    if (std::cmp_greater(number, std::numeric_limits<To>::max())) return std::numeric_limits<To>::max();
    return static_cast<To>(number);
}

/// Returns a count of From periods as a count of To periods, rounded towards the past. Saturates.
template <class To, class From>
constexpr std::int64_t convert_ticks(std::int64_t ticks) noexcept {
    using limits = std::numeric_limits<std::int64_t>;
    using factor = std::ratio_divide<From, To>;
    if constexpr (factor::num == 1) {
        const std::int64_t whole = ticks / factor::den;
        return ticks % factor::den < 0 ? whole - 1 : whole;
    } else if constexpr (factor::den == 1) {
        if (ticks > limits::max() / factor::num) return limits::max();
        if (ticks < limits::min() / factor::num) return limits::min();
        return ticks * factor::num;
    } else {
        __extension__ using wide = __int128;
        const wide product = static_cast<wide>(ticks) * factor::num;
        const wide whole = product / factor::den - (product % factor::den < 0 ? 1 : 0);
        if (whole > limits::max()) return limits::max();
        if (whole < limits::min()) return limits::min();
        return static_cast<std::int64_t>(whole);
    }
}

}  // namespace tmq::detail
