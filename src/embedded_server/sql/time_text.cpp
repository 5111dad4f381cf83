#include "embedded_server/sql/time_text.hpp"

#include <charconv>
#include <chrono>
#include <limits>

namespace tmq::embedded::sql {

namespace {

/// Cursor that takes pieces off the front of a text.
class text_reader {
  public:
    explicit text_reader(std::string_view text) noexcept : rest_(text) {}

    bool done() const noexcept { return rest_.empty(); }
    bool take(char c) noexcept {
        if (rest_.empty() || rest_.front() != c) return false;
        rest_.remove_prefix(1);
        return true;
    }
    /// Takes a number of exactly `digits` digits. Returns nothing if it is above `most`.
    std::optional<int> number(std::size_t digits, int most) noexcept {
        int value = 0;
        if (rest_.size() < digits) return std::nullopt;
        for (std::size_t i = 0; i < digits; ++i) {
            if (rest_[i] < '0' || rest_[i] > '9') return std::nullopt;
            value = value * 10 + (rest_[i] - '0');
        }
        rest_.remove_prefix(digits);
        return value <= most ? std::optional(value) : std::nullopt;
    }
    /// Takes up to nine digits after a point. Returns nanoseconds.
    std::optional<std::int64_t> fraction() noexcept {
        std::int64_t value = 0;
        int digits = 0;
        for (; !rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9' && digits < 9; ++digits) {
            value = value * 10 + (rest_.front() - '0');
            rest_.remove_prefix(1);
        }
        if (digits == 0) return std::nullopt;
        for (; digits < 9; ++digits)
            value *= 10;
        return value;
    }

  private:
    std::string_view rest_;
};

/// Returns seconds * ticks + part, or nothing if it does not fit.
std::optional<std::int64_t> to_ticks(std::int64_t seconds, std::int64_t ticks, std::int64_t part) noexcept {
    std::int64_t out = 0;
    if (__builtin_mul_overflow(seconds, ticks, &out) || __builtin_add_overflow(out, part, &out))
        return std::nullopt;
    return out;
}

/// Takes the offset at the end of a time. Returns seconds east of UTC.
std::optional<int> read_offset(text_reader& reader) noexcept {
    if (reader.done() || reader.take('Z') || reader.take('z')) return 0;
    const bool west = reader.take('-');
    if (!west && !reader.take('+')) return std::nullopt;
    const auto hours = reader.number(2, 23);
    const bool hours_only = hours && !reader.take(':') && reader.done();
    const auto minutes = hours_only ? std::optional(0) : reader.number(2, 59);
    if (!hours || !minutes) return std::nullopt;
    const int seconds = (*hours * 60 + *minutes) * 60;
    return west ? -seconds : seconds;
}

}  // namespace

std::optional<std::int64_t> parse_time(std::string_view text, time_precision unit) noexcept {
    text_reader reader(text);
    const auto year = reader.number(4, 9999);
    if (!year || !reader.take('-')) return std::nullopt;
    const auto month = reader.number(2, 12);
    if (!month || !reader.take('-')) return std::nullopt;
    const auto day = reader.number(2, 31);
    if (!day) return std::nullopt;
    const std::chrono::year_month_day date(std::chrono::year(*year),
                                           std::chrono::month(static_cast<unsigned>(*month)),
                                           std::chrono::day(static_cast<unsigned>(*day)));
    if (!date.ok()) return std::nullopt;
    std::int64_t seconds = std::chrono::seconds(std::chrono::sys_days(date).time_since_epoch()).count();
    std::int64_t nanoseconds = 0;
    if (!reader.done()) {
        if (!reader.take(' ') && !reader.take('T') && !reader.take('t')) return std::nullopt;
        const auto hour = reader.number(2, 23);
        if (!hour || !reader.take(':')) return std::nullopt;
        const auto minute = reader.number(2, 59);
        if (!minute || !reader.take(':')) return std::nullopt;
        const auto second = reader.number(2, 59);
        if (!second) return std::nullopt;
        if (reader.take('.')) {
            const auto fraction = reader.fraction();
            if (!fraction) return std::nullopt;
            nanoseconds = *fraction;
        }
        const auto offset = read_offset(reader);
        if (!offset) return std::nullopt;
        seconds += (*hour * 60 + *minute) * 60 + *second - *offset;
    }
    if (!reader.done()) return std::nullopt;
    const std::int64_t ticks = ticks_per_second(unit);
    return to_ticks(seconds, ticks, nanoseconds / (1'000'000'000 / ticks));
}

std::optional<std::int64_t> parse_duration(std::string_view text, time_precision unit) noexcept {
    std::int64_t count = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (failure != std::errc() || end + 1 != text.data() + text.size()) return std::nullopt;
    constexpr std::int64_t second = 1'000'000'000;
    std::int64_t length = 0;
    switch (*end) {
        case 'b': length = 1; break;
        case 'u': length = 1'000; break;
        case 'a': length = 1'000'000; break;
        case 's': length = second; break;
        case 'm': length = 60 * second; break;
        case 'h': length = 3600 * second; break;
        case 'd': length = 24 * 3600 * second; break;
        case 'w': length = 7 * 24 * 3600 * second; break;
        default: return std::nullopt;
    }
    const std::int64_t tick = second / ticks_per_second(unit);
    std::int64_t out = 0;
    if (length < tick) return count / (tick / length);
    if (__builtin_mul_overflow(count, length / tick, &out)) return std::nullopt;
    return out;
}

}  // namespace tmq::embedded::sql
