#include "embedded_server/sql/value.hpp"

#include "embedded_server/encode/json_text.hpp"
#include "embedded_server/sql/time_text.hpp"
#include "embedded_server/sql/token.hpp"
#include "embedded_server/sql/well_known_text.hpp"
#include "tmq/decimal.hpp"

#include <simdjson.h>

#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <utility>

namespace tmq::embedded::sql {

namespace {

constexpr std::uint32_t invalid_value = 0x0216;
constexpr std::uint32_t value_too_long = 0x2653;
constexpr std::uint32_t invalid_varbinary = 0x266A;

using converted = std::variant<value, error>;

error refusal(const column_definition& column, std::string_view reason, std::uint32_t code = invalid_value) {
    std::string text = code == invalid_value ? "syntax error near '" : "'";
    return {code, text.append(column.name).append("' (").append(reason).append(")")};
}

template <class T>
std::optional<T> parse_number(std::string_view text) noexcept {
    T out{};
    if (text.starts_with('+')) text.remove_prefix(1);
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), out);
    return failure == std::errc() && end == text.data() + text.size() ? std::optional(out) : std::nullopt;
}

/// Parses an integer. A number with a point or an exponent is rounded to the nearest whole number.
template <class T>
std::optional<T> parse_integer(std::string_view text) noexcept {
    if (const auto whole = parse_number<T>(text)) return whole;
    const auto real = parse_number<double>(text);
    if (!real || text.find_first_of(".eE") == std::string_view::npos) return std::nullopt;
    const double rounded = std::round(*real);
    // The first value above the range is a power of two, so a double holds it exactly.
    const double above = std::ldexp(1.0, std::numeric_limits<T>::digits);
    if (!(rounded >= static_cast<double>(std::numeric_limits<T>::min()) && rounded < above))
        return std::nullopt;
    return static_cast<T>(rounded);
}

template <class T>
converted integer(std::string_view text, const column_definition& column) {
    const auto read = parse_integer<T>(text);
    if (!read) return refusal(column, "invalid or overflowing integer");
    if constexpr (std::numeric_limits<T>::is_signed)
        return value(static_cast<std::int64_t>(*read));
    else
        return value(static_cast<std::uint64_t>(*read));
}

converted boolean(const literal& source, std::string_view text, const column_definition& column) {
    if (is_keyword(text, "TRUE")) return value(true);
    if (is_keyword(text, "FALSE")) return value(false);
    const auto number = source.kind == literal_kind::number ? parse_number<double>(text) : std::nullopt;
    if (!number) return refusal(column, "invalid bool");
    return value(*number != 0);
}

converted real(std::string_view text, const column_definition& column) {
    const auto read = parse_number<double>(text);
    const bool single = column.type == data_type::real;
    if (!read || !std::isfinite(*read) ||
        (single && std::abs(*read) > static_cast<double>(std::numeric_limits<float>::max())))
        return refusal(column, "invalid or overflowing number");
    return single ? value(static_cast<float>(*read)) : value(*read);
}

/// Converts NOW, with or without a duration.
converted current_time(std::string_view text, const column_definition& column, const value_context& context) {
    const auto nanoseconds =
        std::chrono::duration_cast<std::chrono::nanoseconds>(context.now.time_since_epoch()).count();
    std::int64_t ticks = nanoseconds / (1'000'000'000 / ticks_per_second(context.precision));
    const std::size_t sign = text.find_first_of("+-");
    if (sign == std::string_view::npos) return value(ticks);
    const std::size_t start = text.find_first_not_of(" \t\r\n", sign + 1);
    const auto duration = parse_duration(
        start == std::string_view::npos ? std::string_view() : text.substr(start), context.precision);
    if (!duration || (text[sign] == '-' ? __builtin_sub_overflow(ticks, *duration, &ticks)
                                        : __builtin_add_overflow(ticks, *duration, &ticks)))
        return refusal(column, "invalid duration");
    return value(ticks);
}

converted time(const literal& source, std::string_view text, const column_definition& column,
               const value_context& context) {
    if (source.kind == literal_kind::now) return current_time(text, column, context);
    const auto ticks = source.kind == literal_kind::number ? parse_number<std::int64_t>(text)
                                                           : parse_time(text, context.precision);
    if (!ticks) return refusal(column, "invalid timestamp");
    return value(*ticks);
}

std::size_t characters(std::string_view utf8) noexcept {
    std::size_t count = 0;
    for (const char c : utf8)
        count += (static_cast<unsigned char>(c) & 0xc0) != 0x80 ? 1 : 0;
    return count;
}

std::vector<std::byte> bytes_of(std::string_view text) {
    const auto* const data = reinterpret_cast<const std::byte*>(text.data());
    return {data, data + text.size()};
}

/// Returns the bytes of hex digits after \x, as in "\x01ff", or the bytes of the text itself.
/// Returns nothing if the digits are malformed.
std::optional<std::vector<std::byte>> binary(std::string_view text) {
    if (!text.starts_with("\\x") && !text.starts_with("\\X")) return bytes_of(text);
    text.remove_prefix(2);
    if (text.size() % 2 != 0) return std::nullopt;
    std::vector<std::byte> out;
    for (std::size_t i = 0; i < text.size(); i += 2) {
        unsigned byte = 0;
        const auto [end, failure] = std::from_chars(text.data() + i, text.data() + i + 2, byte, 16);
        if (failure != std::errc() || end != text.data() + i + 2) return std::nullopt;
        out.push_back(static_cast<std::byte>(byte));
    }
    return out;
}

converted bounded(std::vector<std::byte> bytes, const column_definition& column) {
    if (column.length && bytes.size() > static_cast<std::size_t>(*column.length))
        return refusal(column, "value too long", value_too_long);
    return value(std::move(bytes));
}

converted text_value(std::string text, const column_definition& column) {
    const bool wide = column.type == data_type::nchar;
    if (wide && !simdjson::validate_utf8(text)) return refusal(column, "not UTF-8");
    const std::size_t size = wide ? characters(text) : text.size();
    if (column.length && size > static_cast<std::size_t>(*column.length))
        return refusal(column, "value too long", value_too_long);
    return value(std::move(text));
}

converted json(std::string text, const column_definition& column) {
    constexpr std::size_t longest = 4095;
    if (text.find_first_not_of(" \t\r\n") == std::string::npos || text == "null") return value();
    auto compact = encode::compact_json(text);
    if (!compact || compact->front() != '{') return refusal(column, "not a JSON object");
    if (compact->size() > longest) return refusal(column, "value too long", value_too_long);
    return value(std::move(*compact));
}

converted exact_number(std::string text, const column_definition& column) {
    const auto number = decimal::from_string(text);
    if (!number) return refusal(column, "invalid decimal");
    return value(std::move(text));
}

}  // namespace

converted convert(const literal& source, const column_definition& column, const value_context& context) {
    if (source.kind == literal_kind::null) return value();
    std::string text =
        source.kind == literal_kind::text ? unquoted(source.spelling) : std::string(source.spelling);
    if (source.kind == literal_kind::now && column.type != data_type::timestamp)
        return refusal(column, "NOW is a timestamp");
    switch (column.type) {
        case data_type::boolean: return boolean(source, text, column);
        case data_type::tinyint: return integer<std::int8_t>(text, column);
        case data_type::smallint: return integer<std::int16_t>(text, column);
        case data_type::integer: return integer<std::int32_t>(text, column);
        case data_type::bigint: return integer<std::int64_t>(text, column);
        case data_type::unsigned_tinyint: return integer<std::uint8_t>(text, column);
        case data_type::unsigned_smallint: return integer<std::uint16_t>(text, column);
        case data_type::unsigned_integer: return integer<std::uint32_t>(text, column);
        case data_type::unsigned_bigint: return integer<std::uint64_t>(text, column);
        case data_type::real:
        case data_type::double_precision: return real(text, column);
        case data_type::timestamp: return time(source, text, column, context);
        case data_type::decimal:
        case data_type::decimal64: return exact_number(std::move(text), column);
        case data_type::varchar:
        case data_type::nchar: return text_value(std::move(text), column);
        default: break;
    }
    if (source.kind != literal_kind::text) return refusal(column, "should be in quotes");
    switch (column.type) {
        case data_type::json: return json(std::move(text), column);
        case data_type::geometry: {
            auto bytes = from_wkt(text);
            if (!bytes) return refusal(column, "invalid geometry");
            return bounded(std::move(*bytes), column);
        }
        default: {
            auto bytes = binary(text);
            if (!bytes) return refusal(column, "invalid varbinary value", invalid_varbinary);
            return bounded(std::move(*bytes), column);
        }
    }
}

testing::cell as_cell(const value& source, data_type type, time_precision precision) {
    return std::visit(
        [&](const auto& content) -> testing::cell {
            using content_type = std::decay_t<decltype(content)>;
            if constexpr (std::is_same_v<content_type, std::monostate>)
                return {};
            else if constexpr (std::is_same_v<content_type, std::int64_t>)
                return type == data_type::timestamp ? testing::cell(timestamp(content, precision))
                                                    : testing::cell(content);
            else
                return testing::cell(content);
        },
        source);
}

}  // namespace tmq::embedded::sql
