#pragma once

#include "tmq/types.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace tmq::embedded::sql {

constexpr std::int64_t ticks_per_second(time_precision unit) noexcept {
    return unit == time_precision::milliseconds   ? 1'000
           : unit == time_precision::microseconds ? 1'000'000
                                                  : 1'000'000'000;
}

/// Parses a time as SQL writes it: "2023-01-01", "2023-01-01 00:00:00.123", RFC 3339 with T, Z or an offset.
/// A time without an offset is UTC. Digits finer than the unit are cut.
/// Returns ticks of the unit; empty if the text is not a time or the time does not fit.
std::optional<std::int64_t> parse_time(std::string_view text, time_precision unit) noexcept;

/// Parses a duration that is added to NOW: "1s", "500a", "2h".
/// Returns ticks of the unit; empty if the text is not a duration or does not fit.
std::optional<std::int64_t> parse_duration(std::string_view text, time_precision unit) noexcept;

}  // namespace tmq::embedded::sql
