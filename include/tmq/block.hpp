#pragma once

#include "tmq/detail/cell.hpp"
#include "tmq/detail/indexed_view.hpp"
#include "tmq/detail/layout.hpp"
#include "tmq/types.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace tmq {

class value_view;         // tmq/value.hpp
class dynamic_row_range;  // tmq/row.hpp
template <class Struct>
class described_rows;  // tmq/describe.hpp

namespace detail {

using column_span = std::span<const column_layout>;

/// Returns the index of the column called `name` (exact match first, then without regard to ASCII case).
/// *Throws* errc::no_such_column.
std::size_t find_column(column_span columns, std::string_view name);
std::optional<std::size_t> try_find_column(column_span columns, std::string_view name) noexcept;
[[noreturn]] void throw_no_column(column_span columns, std::size_t index);
inline const column_layout& column_at(column_span columns, std::size_t index) {
    if (index >= columns.size()) throw_no_column(columns, index);
    return columns[index];
}

/// A column of type NULL has no cells, and its bitmap says nothing: these replace the bitmap and the offsets.
inline constexpr std::uint8_t null_bits[] = {0xFF};
inline constexpr std::uint8_t null_offset[] = {0xFF, 0xFF, 0xFF, 0xFF};

inline column_cells cells_of(const block_layout& block, const column_layout& column, bool variable) noexcept {
    column_cells cells;
    cells.precision = block.precision;
    cells.variable = variable;
    cells.nulls = column.nulls;
    cells.data = column.data;
    cells.wide = column.wide;
    cells.decimal_scale = column.scale;
    cells.decimal_precision = column.precision;
    if (column.type == data_type::null) {
        cells.nulls = variable ? null_offset : null_bits;
        cells.row_mask = 0;
    }
    return cells;
}

/// What an empty block_view refers to.
inline constexpr block_layout no_block{};

bool has_nulls(const column_cells& cells, std::size_t rows) noexcept;
std::size_t count_nulls(const column_cells& cells, std::size_t rows) noexcept;
[[noreturn]] void throw_type_mismatch(const column_layout& column, std::string_view requested);
[[noreturn]] void throw_unexpected_null(const column_layout& column, std::string_view requested);
/// *Throws* errc::invalid_argument if a caller's span has no room for all rows.
void check_room(std::size_t room, std::size_t rows);
void copy_validity(const column_cells& cells, std::span<bool> out) noexcept;

template <class T>
struct without_optional {
    using type = T;
};
template <class T>
struct without_optional<std::optional<T>> {
    using type = T;
};

/// Bytes of a T in a block; 0 if its values are not contiguous, or not of one width.
template <class T>
inline constexpr std::size_t wire_width = std::is_arithmetic_v<T> ? sizeof(T) : 0;
template <>
inline constexpr std::size_t wire_width<timestamp> = sizeof(std::int64_t);

/// A type whose values can be copied in bulk.
template <class T>
concept bulk_type = cell_type<T> && wire_width<T> != 0;

struct block_access;

}  // namespace detail

/// One column of a block, read as T. Values are loaded on access and returned by value, since nothing in a
/// block is aligned.
/// *Lifetime*: valid as long as the message that it came from, and until that message is polled into again.
/// *Threads*: Reading from several threads is safe.
template <detail::cell_type T>
class column_view : public detail::indexed_view<column_view<T>> {
  public:
    using value_type = T;

    column_view() noexcept = default;
    column_view(const detail::column_cells& cells, std::size_t rows) noexcept : cells_(cells), rows_(rows) {}

    std::size_t size() const noexcept { return rows_; }
    /// Returns the value of a row. A null reads as std::nullopt if T is an optional, as an empty string for
    /// text and bytes, and as an unspecified number otherwise: call is_null first.
    /// Range of `row`: below size().
    T operator[](std::size_t row) const noexcept { return detail::cell<T>::read(cells_, row); }
    bool is_null(std::size_t row) const noexcept {
        return detail::cell<T>::variable ? cells_.is_null_variable(row) : cells_.is_null_fixed(row);
    }
    std::size_t null_count() const noexcept { return detail::count_nulls(cells_, rows_); }
    bool has_nulls() const noexcept { return detail::has_nulls(cells_, rows_); }

    /// Returns the value of a row, or `fallback` if it is null. Range of `row`: below size().
    auto value_or(std::size_t row, typename detail::without_optional<T>::type fallback) const noexcept {
        using plain = typename detail::without_optional<T>::type;
        return is_null(row) ? fallback : detail::cell<plain>::read(cells_, row);
    }

    /// Returns the values as the message holds them: size() times the width of the type, little endian, not
    /// aligned. The bytes of a null are unspecified; any byte but zero is true.
    bytes_view raw_values() const noexcept
        requires detail::bulk_type<T>
    {
        return {reinterpret_cast<const std::byte*>(cells_.data), rows_ * detail::wire_width<T>};
    }
    /// Copies all values to the front of `out`: the fast way to aligned numbers. The value of a null row is
    /// unspecified.
    /// *Throws* errc::invalid_argument if `out` is shorter than size().
    void copy_to(std::span<T> out) const
        requires detail::bulk_type<T>
    {
        detail::check_room(out.size(), rows_);
        if constexpr (std::is_same_v<T, bool> || !std::is_arithmetic_v<T>)
            for (std::size_t row = 0; row < rows_; ++row)
                out[row] = (*this)[row];
        else if (rows_ != 0)
            std::memcpy(out.data(), cells_.data, rows_ * sizeof(T));
    }
    /// Returns the null bitmap as the message holds it: bit 7 of the first byte is row 0, bit 6 is row 1, and
    /// so on; a set bit is a null, and bits after the last row are unspecified. It has (size() + 7) / 8
    /// bytes, or none if the column has no bitmap: text, bytes, and columns that the server gave no type.
    bytes_view null_bitmap() const noexcept {
        if (detail::cell<T>::variable || cells_.row_mask == 0) return {};
        return {reinterpret_cast<const std::byte*>(cells_.nulls), (rows_ + 7) / 8};
    }
    /// Sets out[row] for all rows: true if the row has a value, false if it is null.
    /// *Throws* errc::invalid_argument if `out` is shorter than size().
    void copy_validity(std::span<bool> out) const {
        detail::check_room(out.size(), rows_);
        detail::copy_validity(cells_, out.first(rows_));
    }

  private:
    detail::column_cells cells_;
    std::size_t rows_ = 0;
};

/// The rows of a block as tuples of T...
/// *Lifetime*: as column_view.
template <detail::cell_type... T>
class row_range : public detail::indexed_view<row_range<T...>> {
  public:
    using value_type = std::tuple<T...>;

    row_range() noexcept = default;
    row_range(std::size_t rows, const column_view<T>&... columns) noexcept
        : columns_(columns...), rows_(rows) {}

    std::size_t size() const noexcept { return rows_; }
    /// Returns a row. Range of `row`: below size().
    value_type operator[](std::size_t row) const noexcept {
        return std::apply([row](const auto&... column) { return value_type(column[row]...); }, columns_);
    }

  private:
    std::tuple<column_view<T>...> columns_;
    std::size_t rows_ = 0;
};

/// Rows of one table, column by column. Blocks of one message may have different columns.
/// *Lifetime*: valid as long as the message, even if it is moved, and until the message is polled into again.
/// *Threads*: Reading from several threads is safe.
class block_view {
  public:
    /// A block without rows and columns.
    block_view() noexcept : block_view(nullptr, detail::no_block) {}
    block_view(const detail::message_layout& layout, const detail::block_layout& block) noexcept
        : block_view(layout.columns.data(), block) {}
    /// `columns`: those of the whole message. Nothing here points to the message object itself, so it may be
    /// moved.
    block_view(const detail::column_layout* columns, const detail::block_layout& block) noexcept
        : columns_(columns + block.first_column), block_(&block) {}

    std::size_t row_count() const noexcept { return block_->rows; }
    std::size_t column_count() const noexcept { return block_->column_count; }
    /// Returns the name of the (child) table, without the database. It is empty for query topics, whose rows
    /// do not name their table.
    std::string_view table_name() const noexcept { return block_->table_name; }
    time_precision precision() const noexcept { return block_->precision; }

    /// Name and type of a column; the name is empty if the server sent no schema.
    /// *Throws* errc::no_such_column.
    std::string_view column_name(std::size_t index) const { return layout_of(index).name; }
    data_type column_type(std::size_t index) const { return layout_of(index).type; }
    /// Returns the index of a column by name: exact match first, then without regard to ASCII case.
    std::optional<std::size_t> find_column(std::string_view name) const noexcept {
        return detail::try_find_column(columns(), name);
    }
    /// True if the cell is null. Range of `row`: below row_count().
    /// *Throws* errc::no_such_column.
    bool is_null(std::size_t row, std::size_t column) const {
        const detail::column_layout& layout = layout_of(column);
        return detail::cells_of(*block_, layout, is_variable(layout.type)).is_null(row);
    }

    /// Returns a column as T: bool, the fixed-width integers, float, double, decimal, timestamp,
    /// std::string_view (VARCHAR, NCHAR, JSON), bytes_view (VARBINARY, GEOMETRY, BLOB, VARCHAR), or
    /// std::optional of one of these. Nothing is converted: INT is std::int32_t.
    /// *Throws* errc::no_such_column or errc::column_type_mismatch, naming the column.
    template <detail::cell_type T>
    column_view<T> column(std::size_t index) const {
        return view<T>(layout_of(index));
    }
    template <detail::cell_type T>
    column_view<T> column(std::string_view name) const {
        return column<T>(detail::find_column(columns(), name));
    }

    /// Returns the rows as tuples. The columns are given by names or indexes, one for each T, or taken by
    /// position if none is given. A column with a null in this block must be read as std::optional.
    /// *Throws* errc::unexpected_null here, before the first row, and what column() throws.
    template <detail::cell_type... T, class... Columns>
        requires(sizeof...(T) > 0 && sizeof...(T) == sizeof...(Columns))
    row_range<T...> rows(const Columns&... columns) const {
        return row_range<T...>(row_count(),
                               not_null(column<T>(key_of(columns)), layout_of(key_of(columns)))...);
    }
    template <detail::cell_type... T>
        requires(sizeof...(T) > 0)
    row_range<T...> rows() const {
        return rows_by_position<T...>(std::index_sequence_for<T...>());
    }

    /// Returns a cell, for code that learns the columns only at run time. Needs tmq/value.hpp, see there.
    /// Range of `row`: below row_count().
    /// *Throws* errc::no_such_column.
    value_view value(std::size_t row, std::size_t column) const;
    /// Returns the rows, for code that learns the columns only at run time. Needs tmq/row.hpp, see there.
    dynamic_row_range dynamic_rows() const noexcept;

    /// Returns the rows as described_rows<Struct>: a struct described with Boost.Describe. Needs
    /// tmq/describe.hpp, see there.
    template <class Struct>
    auto rows_as() const {
        constexpr bool is_included = requires { sizeof(described_rows<Struct>); };
        static_assert(is_included, "rows_as() needs #include \"tmq/describe.hpp\"");
        if constexpr (is_included) return described_rows<Struct>(*this);
    }

  private:
    friend struct detail::block_access;

    detail::column_span columns() const noexcept { return {columns_, block_->column_count}; }
    /// Returns an index of any integer type as std::size_t, and a name as std::string_view.
    template <class Column>
    static auto key_of(const Column& column) noexcept {
        if constexpr (std::is_integral_v<Column>)
            return static_cast<std::size_t>(column);
        else
            return std::string_view(column);
    }
    const detail::column_layout& layout_of(std::size_t index) const {
        return detail::column_at(columns(), index);
    }
    const detail::column_layout& layout_of(std::string_view name) const {
        return layout_of(detail::find_column(columns(), name));
    }

    template <class T>
    column_view<T> view(const detail::column_layout& column) const {
        if (!detail::cell<T>::accepts(column.type))
            detail::throw_type_mismatch(column, detail::cell<T>::name);
        return column_view<T>(detail::cells_of(*block_, column, detail::cell<T>::variable), block_->rows);
    }
    template <class T>
    column_view<T> not_null(column_view<T> column, const detail::column_layout& layout) const {
        if constexpr (!detail::is_optional<T>) {
            if (detail::has_nulls(detail::cells_of(*block_, layout, detail::cell<T>::variable), block_->rows))
                detail::throw_unexpected_null(layout, detail::cell<T>::name);
        }
        return column;
    }
    template <class... T, std::size_t... I>
    row_range<T...> rows_by_position(std::index_sequence<I...>) const {
        return rows<T...>(I...);
    }

    const detail::column_layout* columns_;
    const detail::block_layout* block_;
};

namespace detail {
struct block_access {
    static column_span columns(const block_view& block) noexcept { return block.columns(); }
    static const block_layout& layout(const block_view& block) noexcept { return *block.block_; }
};
}  // namespace detail

}  // namespace tmq
