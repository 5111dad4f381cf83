#include "tmq/types.hpp"

#include "tmq/detail/hash.hpp"

#include <fmt/format.h>

#include <ostream>

namespace tmq {
namespace {

constexpr std::int64_t ticks_per_second(time_precision precision) noexcept {
    switch (precision) {
        case time_precision::milliseconds: return 1'000;
        case time_precision::microseconds: return 1'000'000;
        case time_precision::nanoseconds: break;
    }
    return 1'000'000'000;
}

/// Seconds rounded towards the past, and the nanoseconds after them. Never overflows.
struct split_time {
    std::int64_t seconds;
    std::int64_t nanoseconds;
    friend auto operator<=>(const split_time&, const split_time&) = default;
};

split_time split(const timestamp& value) noexcept {
    const std::int64_t unit = ticks_per_second(value.precision());
    std::int64_t seconds = value.ticks() / unit;
    std::int64_t rest = value.ticks() % unit;
    if (rest < 0) {
        rest += unit;
        --seconds;
    }
    return {seconds, rest * (1'000'000'000 / unit)};
}

}  // namespace

std::string_view to_string(data_type type) noexcept {
    switch (type) {
        case data_type::null: return "NULL";
        case data_type::boolean: return "BOOL";
        case data_type::tinyint: return "TINYINT";
        case data_type::smallint: return "SMALLINT";
        case data_type::integer: return "INT";
        case data_type::bigint: return "BIGINT";
        case data_type::real: return "FLOAT";
        case data_type::double_precision: return "DOUBLE";
        case data_type::varchar: return "VARCHAR";
        case data_type::timestamp: return "TIMESTAMP";
        case data_type::nchar: return "NCHAR";
        case data_type::unsigned_tinyint: return "TINYINT UNSIGNED";
        case data_type::unsigned_smallint: return "SMALLINT UNSIGNED";
        case data_type::unsigned_integer: return "INT UNSIGNED";
        case data_type::unsigned_bigint: return "BIGINT UNSIGNED";
        case data_type::json: return "JSON";
        case data_type::varbinary: return "VARBINARY";
        case data_type::decimal: return "DECIMAL";
        case data_type::blob: return "BLOB";
        case data_type::mediumblob: return "MEDIUMBLOB";
        case data_type::geometry: return "GEOMETRY";
        case data_type::decimal64: return "DECIMAL64";
    }
    return "UNKNOWN";
}

std::string_view to_string(time_precision precision) noexcept {
    switch (precision) {
        case time_precision::milliseconds: return "ms";
        case time_precision::microseconds: return "us";
        case time_precision::nanoseconds: return "ns";
    }
    return "unknown";
}

std::ostream& operator<<(std::ostream& out, data_type type) { return out << to_string(type); }
std::ostream& operator<<(std::ostream& out, time_precision precision) { return out << to_string(precision); }
std::ostream& operator<<(std::ostream& out, const timestamp& time) { return out << to_string(time); }

std::strong_ordering operator<=>(const timestamp& a, const timestamp& b) noexcept {
    return split(a) <=> split(b);
}

std::string to_string(const timestamp& value) {
    const split_time time = split(value);
    std::int64_t days = time.seconds / 86'400;
    std::int64_t second_of_day = time.seconds % 86'400;
    if (second_of_day < 0) {
        second_of_day += 86'400;
        --days;
    }
    // std::chrono::year holds 16 bits only, so the civil date is computed here, in eras of 400 years counted
    // from 0000-03-01.
    days += 719'468;
    const std::int64_t era = (days >= 0 ? days : days - 146'096) / 146'097;
    const std::int64_t day_of_era = days - era * 146'097;
    const std::int64_t year_of_era =
        (day_of_era - day_of_era / 1'460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
    const std::int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const std::int64_t shifted_month = (5 * day_of_year + 2) / 153;
    const std::int64_t day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    const std::int64_t month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
    const std::int64_t year = year_of_era + era * 400 + (month <= 2 ? 1 : 0);

    fmt::memory_buffer out;
    if (year >= 0 && year <= 9'999)
        fmt::format_to(fmt::appender(out), "{:04}", year);
    else
        fmt::format_to(fmt::appender(out), "{:+}", year);
    fmt::format_to(fmt::appender(out), "-{:02}-{:02}T{:02}:{:02}:{:02}.", month, day, second_of_day / 3'600,
                   second_of_day / 60 % 60, second_of_day % 60);
    switch (value.precision()) {
        case time_precision::milliseconds:
            fmt::format_to(fmt::appender(out), "{:03}Z", time.nanoseconds / 1'000'000);
            break;
        case time_precision::microseconds:
            fmt::format_to(fmt::appender(out), "{:06}Z", time.nanoseconds / 1'000);
            break;
        case time_precision::nanoseconds:
            fmt::format_to(fmt::appender(out), "{:09}Z", time.nanoseconds);
            break;
    }
    return fmt::to_string(out);
}

}  // namespace tmq

std::size_t std::hash<tmq::timestamp>::operator()(const tmq::timestamp& time) const noexcept {
    const tmq::split_time parts = tmq::split(time);
    return tmq::detail::combine_hash(std::hash<std::int64_t>()(parts.seconds), parts.nanoseconds);
}
