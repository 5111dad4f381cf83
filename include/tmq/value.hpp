#pragma once

#include "tmq/block.hpp"
#include "tmq/decimal.hpp"
#include "tmq/types.hpp"

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace tmq {

/// JSON text, as a JSON tag has it.
class json_view {
  public:
    json_view() noexcept = default;
    explicit json_view(std::string_view text) noexcept : text_(text) {}

    std::string_view text() const noexcept { return text_; }
    friend bool operator==(const json_view&, const json_view&) = default;

  private:
    std::string_view text_;
};

/// Any cell, for code that learns the columns only at run time. Signed integers of all widths are
/// std::int64_t, unsigned ones std::uint64_t; null is std::monostate; VARCHAR and NCHAR are std::string_view;
/// VARBINARY, GEOMETRY and BLOB are bytes_view. Works with std::visit, std::get and std::get_if.
/// *Lifetime*: text and bytes are views, as block_view.
class value : public std::variant<std::monostate, bool, std::int64_t, std::uint64_t, float, double, decimal,
                                  timestamp, std::string_view, bytes_view, json_view> {
  public:
    using variant::variant;

    bool is_null() const noexcept { return index() == 0; }
    /// True if both have the same alternative and the same contents. NaN equals nothing.
    friend bool operator==(const value& a, const value& b) noexcept;
};

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
[[gnu::always_inline]] inline value read_value(const block_layout& block, const column_layout& column,
                                               const row_place& place) noexcept {
    const column_cells cells = cells_of(block, column, cell<T>::variable);
    const bool is_null = cell<T>::variable ? cells.is_null_variable(place.row)
                                           : (cells.nulls[place.null_byte] & place.null_bit) != 0;
    if (is_null) return {};
    return value(std::in_place_type<Alternative>, cell<T>::read(cells, place.row));
}

/// Always inlined: in the caller's loop the compiler leads from the type of a column straight to the caller's
/// code for values of this type. After a call the value would be stored, and the caller would have to test
/// its type a second time.
[[gnu::always_inline]] inline value read_value(const block_layout& block, const column_layout& column,
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

[[gnu::always_inline]] inline value block_view::value(std::size_t row, std::size_t column) const {
    return detail::read_value(*block_, layout_of(column), detail::row_place(row));
}

/// One row of a block, columns by index or name.
/// *Lifetime*: as block_view.
class row {
  public:
    /// A column of the row.
    struct field {
        std::string_view name;
        tmq::value value;
    };

    class iterator {
      public:
        using iterator_category = std::input_iterator_tag;
        using value_type = field;
        using difference_type = std::ptrdiff_t;
        using reference = field;

        iterator() noexcept = default;
        iterator(const row* owner, std::size_t column) noexcept : row_(owner), column_(column) {}
        [[gnu::always_inline]] field operator*() const { return {row_->name(column_), (*row_)[column_]}; }
        iterator& operator++() noexcept { return ++column_, *this; }
        iterator operator++(int) noexcept { return iterator(row_, column_++); }
        friend bool operator==(const iterator& a, const iterator& b) noexcept {
            return a.column_ == b.column_;
        }

      private:
        const row* row_ = nullptr;
        std::size_t column_ = 0;
    };

    row(const block_view& block, std::size_t index) noexcept : block_(block), place_(index) {}

    /// Number of columns.
    std::size_t size() const noexcept { return block_.column_count(); }
    /// Name and type of a column.
    /// *Throws* errc::no_such_column.
    std::string_view name(std::size_t column) const { return block_.column_name(column); }
    data_type type(std::size_t column) const { return block_.column_type(column); }
    /// Returns the value of a column, by index or by name (exact match first, then without regard to ASCII
    /// case).
    /// *Throws* errc::no_such_column.
    [[gnu::always_inline]] value operator[](std::size_t column) const {
        return detail::read_value(detail::block_access::layout(block_),
                                  detail::column_at(detail::block_access::columns(block_), column), place_);
    }
    value operator[](std::string_view column) const;

    /// An iterator points to this object, so a temporary has none. A loop over a temporary keeps it alive.
    iterator begin() const& noexcept { return iterator(this, 0); }
    iterator end() const& noexcept { return iterator(this, size()); }
    iterator begin() const&& = delete;
    iterator end() const&& = delete;

  private:
    block_view block_;
    detail::row_place place_;
};

/// The rows of a block, as block_view::dynamic_rows() returns them.
/// *Lifetime*: as block_view.
class dynamic_row_range {
  public:
    class iterator {
      public:
        using iterator_category = std::input_iterator_tag;
        using value_type = row;
        using difference_type = std::ptrdiff_t;
        using reference = row;

        iterator() noexcept = default;
        iterator(const dynamic_row_range* range, std::size_t index) noexcept : range_(range), index_(index) {}
        row operator*() const noexcept { return (*range_)[index_]; }
        iterator& operator++() noexcept { return ++index_, *this; }
        iterator operator++(int) noexcept { return iterator(range_, index_++); }
        friend bool operator==(const iterator& a, const iterator& b) noexcept { return a.index_ == b.index_; }

      private:
        const dynamic_row_range* range_ = nullptr;
        std::size_t index_ = 0;
    };

    explicit dynamic_row_range(const block_view& block) noexcept : block_(block) {}

    std::size_t size() const noexcept { return block_.row_count(); }
    bool empty() const noexcept { return size() == 0; }
    /// Returns a row. Range of `index`: below size().
    row operator[](std::size_t index) const noexcept { return row(block_, index); }
    /// An iterator points to this object, so a temporary has none. A loop over a temporary keeps it alive.
    iterator begin() const& noexcept { return iterator(this, 0); }
    iterator end() const& noexcept { return iterator(this, size()); }
    iterator begin() const&& = delete;
    iterator end() const&& = delete;

  private:
    block_view block_;
};

inline dynamic_row_range block_view::dynamic_rows() const noexcept { return dynamic_row_range(*this); }

/// Returns a value as plain text: text unchanged, null as "NULL", the rest as to_json() but without quotes.
std::string to_string(const value& cell);

/// Returns a value as one line of JSON:
/// - integers exact; floats in the shortest form that reads back the same, or as the strings "NaN",
///   "Infinity", "-Infinity", which JSON numbers cannot hold;
/// - timestamps as RFC 3339 in UTC; DECIMAL as a string with all its digits;
/// - text as UTF-8, with U+FFFD for bytes that are not UTF-8; bytes as "0x" and lowercase hexadecimal digits;
/// - JSON unchanged, or as a string if the server sent something else.
/// Control characters and those that change the direction of text are written as \uXXXX, so that a terminal
/// shows them.
std::string to_json(const value& cell);
/// Returns a row as a JSON object, its columns in their order.
std::string to_json(const row& source);

}  // namespace tmq
