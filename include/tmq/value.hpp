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

/// Any cell, for code that learns the columns only at run time. Signed integers of all widths are std::int64_t, unsigned ones
/// std::uint64_t; null is std::monostate; VARCHAR and NCHAR are std::string_view; VARBINARY, GEOMETRY and BLOB are bytes_view.
/// Text and bytes are views with the lifetime of block_view. Works with std::visit, std::get and std::get_if.
class value : public std::variant<std::monostate, bool, std::int64_t, std::uint64_t, float, double, decimal, timestamp, std::string_view, bytes_view,
                                  json_view> {
  public:
    using variant::variant;

    bool is_null() const noexcept { return index() == 0; }
    /// Same alternative, same contents. NaN equals nothing.
    friend bool operator==(const value& a, const value& b) noexcept;
};

/// One row of a block, columns by index or name. A view with the lifetime of block_view.
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
        iterator(const row* of, std::size_t column) noexcept : row_(of), column_(column) {}
        field operator*() const { return {row_->name(column_), (*row_)[column_]}; }
        iterator& operator++() noexcept { return ++column_, *this; }
        iterator operator++(int) noexcept { return iterator(row_, column_++); }
        friend bool operator==(const iterator& a, const iterator& b) noexcept { return a.column_ == b.column_; }

      private:
        const row* row_ = nullptr;
        std::size_t column_ = 0;
    };

    row(const block_view& block, std::size_t index) noexcept : block_(block), index_(index) {}

    /// Number of columns.
    std::size_t size() const noexcept { return block_.column_count(); }
    /// Name and type of a column; throw errc::no_such_column.
    std::string_view name(std::size_t column) const { return block_.column_name(column); }
    data_type type(std::size_t column) const { return block_.column_type(column); }
    /// The value of a column, by index or by name (exact match first, then without regard to ASCII case). Throws errc::no_such_column.
    value operator[](std::size_t column) const { return block_.value(index_, column); }
    value operator[](std::string_view column) const;

    iterator begin() const noexcept { return iterator(this, 0); }
    iterator end() const noexcept { return iterator(this, size()); }

  private:
    block_view block_;
    std::size_t index_;
};

/// The rows of a block, as block_view::dynamic_rows() gives them; a view with the lifetime of block_view.
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
    /// A row below size().
    row operator[](std::size_t index) const noexcept { return row(block_, index); }
    iterator begin() const noexcept { return iterator(this, 0); }
    iterator end() const noexcept { return iterator(this, size()); }

  private:
    block_view block_;
};

inline dynamic_row_range block_view::dynamic_rows() const noexcept { return dynamic_row_range(*this); }

/// A value as plain text: text as it stands, null as "NULL", the rest as to_json() but without quotes.
std::string to_string(const value& of);

/// A value as one line of JSON: integers exact, floats in the shortest form that reads back the same (those that JSON cannot hold as
/// the strings "NaN", "Infinity", "-Infinity"), timestamps as RFC 3339 in UTC, text as UTF-8 with U+FFFD for bytes that are none,
/// DECIMAL as a string with all its digits, bytes as "0x" and
/// lowercase hexadecimal digits, JSON as it stands (as a string, should the server have sent none). Control characters and those that
/// change the direction of text are written as \uXXXX, so that a terminal shows them.
std::string to_json(const value& of);
/// A row as a JSON object, its columns in their order.
std::string to_json(const row& of);

}  // namespace tmq
