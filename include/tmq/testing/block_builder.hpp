#pragma once

#include "tmq/testing/cell.hpp"
#include "tmq/types.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace tmq::testing {

/// Builds one block of rows as the server sends them. Declare the columns first, then add rows.
/// Every type that a server sends can be built: NCHAR from UTF-8, GEOMETRY from WKB, DECIMAL from
/// tmq::decimal, integers or text ("-123.45"), JSON from the text of a value or of an object without arrays
/// and objects inside, as tags have them.
/// *Throws* std::invalid_argument for values that cannot be encoded.
class block_builder {
  public:
    explicit block_builder(time_precision precision = time_precision::milliseconds) : precision_(precision) {}

    /// Sets the name of the child table; it is not sent for topics of kind select.
    block_builder& table(std::string name);
    /// Declares a column. `length` is the declared length of variable types, in bytes, for NCHAR in
    /// characters. It is written to the schema and limits the values. JSON and BLOB (up to 4 MiB with 4 bytes
    /// of header) have none. Default: 64.
    block_builder& column(std::string name, data_type type, std::int32_t length = 64);
    /// Declares a DECIMAL column of `precision` digits, `scale` of them after the point. Up to 18 digits it
    /// is the 64-bit type. Values must fit exactly: digits that would be cut off are refused. Range of
    /// `precision`: 1 to 38.
    block_builder& decimal_column(std::string name, std::uint8_t precision, std::uint8_t scale);

    /// Adds one whole row. Integers are checked against the range of the column's type; timestamps are taken
    /// as ticks in the unit of the block.
    template <class... Cells>
    block_builder& row(const Cells&... cells) {
        const cell values[] = {cell(cells)...};
        return add_row(values);
    }
    block_builder& add_row(std::span<const cell> cells);
    /// Removes the rows and keeps table, columns and memory.
    void clear_rows() noexcept;

    std::size_t rows() const noexcept { return rows_; }
    time_precision precision() const noexcept { return precision_; }
    const std::string& table_name() const noexcept { return table_; }

    /// A column as it is sent, without the null bitmap.
    struct column_data {
        std::string name;
        data_type type = data_type::null;
        std::int32_t bytes = 0;  ///< as in the schema: width, or the longest variable value with its header
        std::uint8_t precision = 0;  ///< digits of a DECIMAL
        std::uint8_t scale = 0;      ///< digits of a DECIMAL after the point
        std::vector<std::uint8_t>
            values;  ///< fixed types: rows x width; variable types: length-prefixed values
        std::vector<std::int32_t> offsets;  ///< variable types: start of each value, -1 = null
        std::vector<bool> nulls;            ///< fixed types
    };
    const std::vector<column_data>& columns() const noexcept { return columns_; }

  private:
    column_data& add_column(std::string name, data_type type);

    time_precision precision_;
    std::string table_;
    std::vector<column_data> columns_;
    std::size_t rows_ = 0;
};

}  // namespace tmq::testing
