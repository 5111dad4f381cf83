#pragma once

#include "tmq/detail/tick_count.hpp"

#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <ratio>
#include <span>
#include <string>
#include <string_view>

namespace tmq {

/// Column types of TDengine, with the numbers they have on the wire.
enum class data_type : std::uint8_t {
    null = 0,
    boolean = 1,
    tinyint = 2,
    smallint = 3,
    integer = 4,
    bigint = 5,
    real = 6,  ///< FLOAT, IEEE single
    double_precision = 7,
    varchar = 8,  ///< also called BINARY; normally UTF-8, not guaranteed by the server
    timestamp = 9,
    nchar = 10,  ///< Unicode text; always read as UTF-8
    unsigned_tinyint = 11,
    unsigned_smallint = 12,
    unsigned_integer = 13,
    unsigned_bigint = 14,
    json = 15,
    varbinary = 16,
    decimal = 17,  ///< up to 38 digits, 16 bytes
    blob = 18,
    mediumblob = 19,  ///< reserved by the server, never sent
    geometry = 20,    ///< WKB bytes
    decimal64 = 21,   ///< up to 18 digits, 8 bytes
};

/// Returns the SQL name of a type: "INT UNSIGNED", "VARCHAR"; "UNKNOWN" for a number that is no type.
std::string_view to_string(data_type type) noexcept;
/// Prints as to_string.
std::ostream& operator<<(std::ostream& out, data_type type);

/// Returns the bytes of a value of a fixed-width type; 0 for other types.
constexpr std::size_t width_of(data_type type) noexcept {
    switch (type) {
        case data_type::boolean:
        case data_type::tinyint:
        case data_type::unsigned_tinyint: return 1;
        case data_type::smallint:
        case data_type::unsigned_smallint: return 2;
        case data_type::integer:
        case data_type::unsigned_integer:
        case data_type::real: return 4;
        case data_type::bigint:
        case data_type::unsigned_bigint:
        case data_type::double_precision:
        case data_type::decimal64:
        case data_type::timestamp: return 8;
        case data_type::decimal: return 16;
        default: return 0;
    }
}

constexpr bool is_decimal(data_type type) noexcept {
    return type == data_type::decimal || type == data_type::decimal64;
}

/// True if the length of a value differs from row to row.
constexpr bool is_variable(data_type type) noexcept {
    switch (type) {
        case data_type::varchar:
        case data_type::nchar:
        case data_type::json:
        case data_type::varbinary:
        case data_type::blob:
        case data_type::mediumblob:
        case data_type::geometry: return true;
        default: return false;
    }
}

/// Unit of a database's timestamps.
enum class time_precision : std::uint8_t { milliseconds = 0, microseconds = 1, nanoseconds = 2 };

/// Returns the name of a unit as SQL has it: "ms", "us", "ns".
std::string_view to_string(time_precision precision) noexcept;
/// Prints as to_string.
std::ostream& operator<<(std::ostream& out, time_precision precision);

/// A point in time as the server stores it: ticks since 1970-01-01 UTC in the unit of its database. A plain
/// value; compares by instant, whatever the precisions.
class timestamp {
  public:
    constexpr timestamp() noexcept = default;
    constexpr timestamp(std::int64_t ticks, time_precision precision) noexcept
        : ticks_(ticks), precision_(precision) {}
    /// Creates the instant `time`. The precision is the unit of Duration; milliseconds for coarser units such
    /// as seconds, otherwise the next finer precision, at most nanoseconds. Finer units are rounded towards
    /// the past. A time that 64 bits cannot hold in that precision becomes the nearest one that they hold.
    template <detail::integral_duration Duration>
    explicit constexpr timestamp(const std::chrono::sys_time<Duration>& time) noexcept
        : timestamp(from_ticks<typename Duration::period>(
              detail::saturate<std::int64_t>(time.time_since_epoch().count()))) {}

    /// Ticks since the epoch, in units of precision().
    constexpr std::int64_t ticks() const noexcept { return ticks_; }
    constexpr time_precision precision() const noexcept { return precision_; }

    /// Returns the instant in the unit of Duration, whose representation is an integer, rounded towards the
    /// past. An instant that Duration cannot hold becomes the nearest one that it holds: nanoseconds hold
    /// the years 1677 to 2262.
    template <detail::integral_duration Duration>
    constexpr std::chrono::sys_time<Duration> to() const noexcept {
        return std::chrono::sys_time<Duration>(
            Duration(detail::saturate<typename Duration::rep>(to_ticks<typename Duration::period>())));
    }
    /// The same as to<Duration>().
    template <detail::integral_duration Duration>
    explicit constexpr operator std::chrono::sys_time<Duration>() const noexcept {
        return to<Duration>();
    }

    friend std::strong_ordering operator<=>(const timestamp& a, const timestamp& b) noexcept;
    friend bool operator==(const timestamp& a, const timestamp& b) noexcept { return (a <=> b) == 0; }
    /// Prints as to_string.
    friend std::ostream& operator<<(std::ostream& out, const timestamp& time);

  private:
    template <class Period>
    static constexpr timestamp from_ticks(std::int64_t ticks) noexcept {
        if constexpr (std::ratio_greater_equal_v<Period, std::milli>)
            return {detail::convert_ticks<std::milli, Period>(ticks), time_precision::milliseconds};
        else if constexpr (std::ratio_greater_equal_v<Period, std::micro>)
            return {detail::convert_ticks<std::micro, Period>(ticks), time_precision::microseconds};
        else
            return {detail::convert_ticks<std::nano, Period>(ticks), time_precision::nanoseconds};
    }
    template <class Period>
    constexpr std::int64_t to_ticks() const noexcept {
        // The usual unit needs no conversion; inline, the others would slow down a loop over it.
        if (std::ratio_equal_v<Period, std::milli> && precision_ == time_precision::milliseconds)
            return ticks_;
        return converted<Period>(ticks_, precision_);
    }
    template <class Period>
    [[gnu::noinline]] static constexpr std::int64_t converted(std::int64_t ticks,
                                                              time_precision precision) noexcept {
        switch (precision) {
            case time_precision::milliseconds: return detail::convert_ticks<Period, std::milli>(ticks);
            case time_precision::microseconds: return detail::convert_ticks<Period, std::micro>(ticks);
            case time_precision::nanoseconds: break;
        }
        return detail::convert_ticks<Period, std::nano>(ticks);
    }

    std::int64_t ticks_ = 0;
    time_precision precision_ = time_precision::milliseconds;
};

/// Returns the time as RFC 3339 in UTC with 3, 6 or 9 digits by precision: "2023-11-14T22:13:20.001Z". Years
/// outside 0000 to 9999 are printed with a sign and as many digits as they need.
std::string to_string(const timestamp& value);

/// Bytes without a character set: VARBINARY, GEOMETRY (WKB), BLOB.
using bytes_view = std::span<const std::byte>;

}  // namespace tmq

/// Equal instants have equal hashes, whatever the precisions.
template <>
struct std::hash<tmq::timestamp> {
    std::size_t operator()(const tmq::timestamp& time) const noexcept;
};
