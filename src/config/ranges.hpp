#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

/// Ranges of numbers, shared by the setters, the properties and the documentation.
namespace tmq::settings {

struct range {
    std::int64_t least;
    std::int64_t most = std::numeric_limits<std::int64_t>::max();
    bool or_zero = false;

    constexpr bool holds(std::int64_t value) const noexcept {
        return (value >= least && value <= most) || (or_zero && value == 0);
    }
    /// As holds(), for a number with a decimal point; false for NaN.
    constexpr bool holds_decimal(double value) const noexcept {
        return value >= static_cast<double>(least) && value <= static_cast<double>(most);
    }
    /// Returns a description: "6000 to 1800000 or 0", "1 and more".
    std::string text() const;
};

inline constexpr std::int64_t largest = std::numeric_limits<std::int32_t>::max();

inline constexpr range port{1, 65'535};
inline constexpr range any_time{1};  // in milliseconds, like the ranges below
inline constexpr range session_timeout{6'000, 1'800'000, true};
inline constexpr range heartbeat_interval{1'000, 1'799'999, true};
inline constexpr range max_poll_interval{1'000, largest, true};
inline constexpr range fetch_max_wait{1, largest, true};
inline constexpr range assignment_interval{100, std::numeric_limits<std::int64_t>::max(), true};
inline constexpr range idle_timeout{100, std::numeric_limits<std::int64_t>::max(), true};
inline constexpr range poll_slice{1, 60'000};
inline constexpr range consume_excluded{std::numeric_limits<std::int32_t>::min(), largest};
inline constexpr range min_poll_rows{0, largest};  // 0 = the server's default
inline constexpr range prefetch{0, 1'024};
inline constexpr range buffer_size{std::int64_t{64} << 10, std::int64_t{4} << 30};  // in bytes
inline constexpr range reconnect_retries{0, largest};
inline constexpr range reconnect_for{1, std::numeric_limits<std::int64_t>::max(), true};  // in milliseconds
inline constexpr range reconnect_factor{1, 100};
inline constexpr range reconnect_jitter{0, 1};

/// Throws tmq::error (errc::invalid_argument) with the text "<name> <problem>".
[[noreturn]] void refuse(std::string_view name, std::string_view problem);

/// Throws as refuse() if the value is outside its range.
void require(std::string_view name, std::int64_t value, const range& allowed);
void require_decimal(std::string_view name, double value, const range& allowed);

}  // namespace tmq::settings
