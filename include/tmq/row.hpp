#pragma once

#include "tmq/block.hpp"
#include "tmq/detail/indexed_view.hpp"
#include "tmq/value.hpp"

#include <compare>
#include <cstddef>
#include <iosfwd>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tmq {

class row;

/// View of one row of a block, columns by index or name. A loop over it gives its fields.
/// *Lifetime*: as block_view. To keep a row, use to_owned().
class row_view : public detail::indexed_view<row_view> {
  public:
    /// A column of the row.
    struct field {
        std::string_view name;
        value_view value;
        friend auto operator<=>(const field&, const field&) noexcept = default;
    };

    /// A row without columns.
    row_view() noexcept : row_view(block_view(), 0) {}
    row_view(const block_view& block, std::size_t index) noexcept : block_(block), place_(index) {}

    /// Number of columns.
    std::size_t size() const noexcept { return block_.column_count(); }
    /// Name and type of a column.
    /// *Throws* errc::no_such_column.
    std::string_view name(std::size_t column) const { return block_.column_name(column); }
    data_type type(std::size_t column) const { return block_.column_type(column); }
    /// Returns the value of a column, by index or by name (exact match first, then without regard to ASCII
    /// case).
    /// *Throws* errc::no_such_column.
    [[gnu::always_inline]] value_view operator[](std::size_t column) const {
        return detail::read_value(detail::block_access::layout(block_),
                                  detail::column_at(detail::block_access::columns(block_), column), place_);
    }
    value_view operator[](std::string_view column) const;

    /// Returns a copy that owns its names, text and bytes.
    row to_owned() const;

    /// Equal if they have the same columns in the same order: names and values.
    friend bool operator==(const row_view& a, const row_view& b) noexcept;
    /// Orders by the first column that differs, its name first.
    friend std::partial_ordering operator<=>(const row_view& a, const row_view& b) noexcept;
    /// Prints as to_json.
    friend std::ostream& operator<<(std::ostream& out, const row_view& source);

    [[gnu::always_inline]] static field element(const row_view& row, std::size_t column) {
        return {row.name(column), row[column]};
    }

  private:
    block_view block_;
    detail::row_place place_;
};

/// One row: the owning twin of row_view, for storing. A loop over it gives its fields.
class row {
  public:
    /// A column of the row.
    struct field {
        std::string name;
        tmq::value value;
        friend auto operator<=>(const field&, const field&) noexcept = default;
    };
    using iterator = std::vector<field>::const_iterator;

    /// A row without columns.
    row() noexcept = default;
    explicit row(std::vector<field> fields) noexcept : fields_(std::move(fields)) {}
    /// Copies names, text and bytes of a view.
    explicit row(const row_view& source);

    /// Number of columns.
    std::size_t size() const noexcept { return fields_.size(); }
    bool empty() const noexcept { return fields_.empty(); }
    /// Name of a column.
    /// *Throws* errc::no_such_column.
    const std::string& name(std::size_t column) const { return at(column).name; }
    /// Returns the value of a column, by index or by name (exact match first, then without regard to ASCII
    /// case).
    /// *Throws* errc::no_such_column.
    const value& operator[](std::size_t column) const { return at(column).value; }
    const value& operator[](std::string_view column) const;

    iterator begin() const noexcept { return fields_.begin(); }
    iterator end() const noexcept { return fields_.end(); }

    /// As those of row_view.
    friend auto operator<=>(const row&, const row&) noexcept = default;
    friend bool operator==(const row&, const row&) noexcept = default;
    friend bool operator==(const row& a, const row_view& b) noexcept;
    friend std::ostream& operator<<(std::ostream& out, const row& source);

  private:
    const field& at(std::size_t column) const;

    std::vector<field> fields_;
};

/// The rows of a block, as block_view::dynamic_rows() returns them.
/// *Lifetime*: as block_view.
class dynamic_row_range : public detail::indexed_view<dynamic_row_range> {
  public:
    dynamic_row_range() noexcept = default;
    explicit dynamic_row_range(const block_view& block) noexcept : block_(block) {}

    std::size_t size() const noexcept { return block_.row_count(); }
    /// Returns a row. Range of `index`: below size().
    row_view operator[](std::size_t index) const noexcept { return row_view(block_, index); }

  private:
    block_view block_;
};

inline dynamic_row_range block_view::dynamic_rows() const noexcept { return dynamic_row_range(*this); }

/// Returns a row as a JSON object, its columns in their order.
std::string to_json(const row_view& source);
std::string to_json(const row& source);

}  // namespace tmq

/// Equal rows have equal hashes, and a row has the hash of its view.
template <>
struct std::hash<tmq::row_view> {
    std::size_t operator()(const tmq::row_view& source) const noexcept;
};
template <>
struct std::hash<tmq::row> {
    std::size_t operator()(const tmq::row& source) const noexcept;
};
