#pragma once

#include <chrono>

namespace tmq {

/// A parameter that takes any std::chrono duration and rounds it up to whole milliseconds. Above a year it
/// counts as a year, below minus a year as minus a year, since the clock would overflow; NaN counts as zero.
class any_duration {
  public:
    template <class Rep, class Period>
    constexpr any_duration(std::chrono::duration<Rep, Period> time) noexcept : value_(rounded_up(time)) {}

    constexpr operator std::chrono::milliseconds() const noexcept { return value_; }

  private:
    /// Compared in floating point, since a common integer type of both units could overflow.
    template <class Rep, class Period>
    static constexpr std::chrono::milliseconds rounded_up(std::chrono::duration<Rep, Period> time) noexcept {
        constexpr std::chrono::milliseconds year = std::chrono::hours(24 * 365);
        const std::chrono::duration<double, std::milli> approximate(time);
        if (approximate >= year) return year;
        if (approximate <= -year) return -year;
        if (approximate.count() != approximate.count()) return std::chrono::milliseconds(0);
        return std::chrono::ceil<std::chrono::milliseconds>(time);
    }

    std::chrono::milliseconds value_;
};

}  // namespace tmq
