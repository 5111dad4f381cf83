#pragma once

#include "tmq/block.hpp"
#include "tmq/decimal.hpp"
#include "tmq/types.hpp"

#include <compare>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace tmq {

/// View of a JSON text, as a JSON tag has it.
/// *Lifetime*: as block_view.
class json_view {
  public:
    json_view() noexcept = default;
    explicit json_view(std::string_view text) noexcept : text_(text) {}

    std::string_view text() const noexcept { return text_; }
    /// Equal if the texts are, byte by byte.
    friend auto operator<=>(const json_view&, const json_view&) = default;
    friend std::ostream& operator<<(std::ostream& out, const json_view& text);

  private:
    std::string_view text_;
};

/// A JSON text: the owning twin of json_view.
class json {
  public:
    json() noexcept = default;
    explicit json(std::string text) noexcept : text_(std::move(text)) {}
    explicit json(const json_view& source) : text_(source.text()) {}

    const std::string& text() const noexcept { return text_; }
    /// Returns a view of this text. A temporary has none.
    operator json_view() const& noexcept { return json_view(text_); }
    operator json_view() const&& = delete;
    /// Equal if the texts are, byte by byte.
    friend auto operator<=>(const json&, const json&) = default;
    friend std::ostream& operator<<(std::ostream& out, const json& text);

  private:
    std::string text_;
};

class value;

/// View of any cell, for code that learns the columns only at run time. Signed integers of all widths are
/// std::int64_t, unsigned ones std::uint64_t; null is std::monostate; VARCHAR and NCHAR are std::string_view;
/// VARBINARY, GEOMETRY and BLOB are bytes_view. Works with std::visit, std::get and std::get_if.
/// *Lifetime*: text and bytes are views, as block_view. To keep them, use to_owned().
class value_view : public std::variant<std::monostate, bool, std::int64_t, std::uint64_t, float, double,
                                       decimal, timestamp, std::string_view, bytes_view, json_view> {
  public:
    using variant::variant;

    bool is_null() const noexcept { return index() == 0; }
    /// Returns a copy that owns its text and bytes.
    value to_owned() const;

    /// True if both have the same alternative and the same contents. NaN equals nothing.
    friend bool operator==(const value_view& a, const value_view& b) noexcept;
    /// Orders by alternative, in the order of the variant, then by contents. NaN has no order.
    friend std::partial_ordering operator<=>(const value_view& a, const value_view& b) noexcept;
    /// Prints as to_string.
    friend std::ostream& operator<<(std::ostream& out, const value_view& cell);
};

/// Any cell: the owning twin of value_view, for storing. Text is std::string, bytes are
/// std::vector<std::byte>, JSON is json; the other alternatives are those of value_view.
class value : public std::variant<std::monostate, bool, std::int64_t, std::uint64_t, float, double, decimal,
                                  timestamp, std::string, std::vector<std::byte>, json> {
  public:
    using variant::variant;
    /// Copies the text and the bytes of a view.
    explicit value(const value_view& source);

    bool is_null() const noexcept { return index() == 0; }
    /// Returns a view of this value. A temporary has none.
    operator value_view() const& noexcept;
    operator value_view() const&& = delete;

    /// As those of value_view.
    friend bool operator==(const value& a, const value& b) noexcept { return value_view(a) == value_view(b); }
    friend std::partial_ordering operator<=>(const value& a, const value& b) noexcept {
        return value_view(a) <=> value_view(b);
    }
    friend std::ostream& operator<<(std::ostream& out, const value& cell) { return out << value_view(cell); }
};

namespace detail {

/// What is only convertible to a value is none: to_string(5) is not a call with a value.
template <class T>
concept any_value = std::same_as<T, value_view> || std::same_as<T, value>;

std::string value_text(const value_view& cell);
std::string value_json(const value_view& cell);

}  // namespace detail

/// Returns a value as plain text: text unchanged, null as "NULL", the rest as to_json() but without quotes.
/// `Value`: value_view or value.
template <detail::any_value Value>
std::string to_string(const Value& cell) {
    return detail::value_text(cell);
}

/// Returns a value as one line of JSON:
/// - integers exact; floats in the shortest form that reads back the same, or as the strings "NaN",
///   "Infinity", "-Infinity", which JSON numbers cannot hold;
/// - timestamps as RFC 3339 in UTC; DECIMAL as a string with all its digits;
/// - text as UTF-8, with U+FFFD for bytes that are not UTF-8; bytes as "0x" and lowercase hexadecimal digits;
/// - JSON unchanged, or as a string if the server sent something else.
/// Control characters and those that change the direction of text are written as \uXXXX, so that a terminal
/// shows them.
/// `Value`: value_view or value.
template <detail::any_value Value>
std::string to_json(const Value& cell) {
    return detail::value_json(cell);
}

namespace detail {

/// A row and the position of its null bit. All columns of fixed width share this position, so it is computed
/// once for all of them.
struct row_place {
    explicit row_place(std::size_t index) noexcept
        : row(index), null_byte(index / 8), null_bit(static_cast<std::uint8_t>(0x80U >> index % 8)) {}

    std::size_t row;
    std::size_t null_byte;
    std::uint8_t null_bit;
};

/// Returns a cell as the value's alternative Alternative. The column's type must be readable as T, and not
/// NULL.
template <class T, class Alternative = T>
[[gnu::always_inline]] inline value_view read_value(const block_layout& block, const column_layout& column,
                                                    const row_place& place) noexcept {
    const column_cells cells = cells_of(block, column, cell<T>::variable);
    const bool is_null = cell<T>::variable ? cells.is_null_variable(place.row)
                                           : (cells.nulls[place.null_byte] & place.null_bit) != 0;
    if (is_null) return {};
    return value_view(std::in_place_type<Alternative>, cell<T>::read(cells, place.row));
}

/// Always inlined: in the caller's loop the compiler leads from the type of a column straight to the caller's
/// code for values of this type. After a call the value would be stored, and the caller would have to test
/// its type a second time.
[[gnu::always_inline]] inline value_view read_value(const block_layout& block, const column_layout& column,
                                                    const row_place& place) noexcept {
    switch (column.type) {
        case data_type::boolean: return read_value<bool>(block, column, place);
        case data_type::tinyint: return read_value<std::int8_t, std::int64_t>(block, column, place);
        case data_type::smallint: return read_value<std::int16_t, std::int64_t>(block, column, place);
        case data_type::integer: return read_value<std::int32_t, std::int64_t>(block, column, place);
        case data_type::bigint: return read_value<std::int64_t>(block, column, place);
        case data_type::unsigned_tinyint:
            return read_value<std::uint8_t, std::uint64_t>(block, column, place);
        case data_type::unsigned_smallint:
            return read_value<std::uint16_t, std::uint64_t>(block, column, place);
        case data_type::unsigned_integer:
            return read_value<std::uint32_t, std::uint64_t>(block, column, place);
        case data_type::unsigned_bigint: return read_value<std::uint64_t>(block, column, place);
        case data_type::real: return read_value<float>(block, column, place);
        case data_type::double_precision: return read_value<double>(block, column, place);
        case data_type::timestamp: return read_value<timestamp>(block, column, place);
        case data_type::varchar:
        case data_type::nchar: return read_value<std::string_view>(block, column, place);
        case data_type::json: return read_value<std::string_view, json_view>(block, column, place);
        case data_type::varbinary:
        case data_type::geometry:
        case data_type::blob: return read_value<bytes_view>(block, column, place);
        case data_type::decimal:
        case data_type::decimal64: return read_value<decimal>(block, column, place);
        case data_type::null:
        case data_type::mediumblob: break;
    }
    return {};
}

}  // namespace detail

[[gnu::always_inline]] inline value_view block_view::value(std::size_t row, std::size_t column) const {
    return detail::read_value(*block_, layout_of(column), detail::row_place(row));
}

}  // namespace tmq

/// Equal values have equal hashes, and a value has the hash of its view.
template <>
struct std::hash<tmq::value_view> {
    std::size_t operator()(const tmq::value_view& cell) const noexcept;
};
template <>
struct std::hash<tmq::value> {
    std::size_t operator()(const tmq::value& cell) const noexcept {
        return std::hash<tmq::value_view>()(cell);
    }
};
template <>
struct std::hash<tmq::json_view> {
    std::size_t operator()(const tmq::json_view& source) const noexcept {
        return std::hash<std::string_view>()(source.text());
    }
};
template <>
struct std::hash<tmq::json> {
    std::size_t operator()(const tmq::json& source) const noexcept {
        return std::hash<std::string_view>()(source.text());
    }
};
