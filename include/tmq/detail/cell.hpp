#pragma once

#include "tmq/decimal.hpp"
#include "tmq/detail/layout.hpp"
#include "tmq/types.hpp"

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

/// Turns one cell of a validated column into a C++ value. Nothing here checks bounds: src/wire has done it.
namespace tmq::detail {

static_assert(std::endian::native == std::endian::little,
              "the wire format is little endian and is read in place");

template <class T>
T load(const std::uint8_t* source) noexcept {
    T value;
    std::memcpy(&value, source, sizeof value);
    return value;
}

/// One column of one block. A column of type NULL has no cells; `row_mask` 0 then maps every row to a
/// constant null (detail::null_bits, detail::null_offset).
struct column_cells {
    const std::uint8_t* nulls = nullptr;
    const std::uint8_t* data = nullptr;
    std::size_t row_mask = ~std::size_t{0};
    time_precision precision = time_precision::milliseconds;
    bool variable = false;
    bool wide = false;  ///< as column_layout::wide, like the next two
    std::uint8_t decimal_scale = 0;
    std::uint8_t decimal_precision = 0;

    bool is_null_fixed(std::size_t row) const noexcept {
        return (nulls[(row & row_mask) >> 3] & (0x80U >> (row & row_mask & 7))) != 0;
    }
    /// -1 is the only negative offset. The test has the same form as the one in read_variable, so the
    /// compiler can merge them.
    bool is_null_variable(std::size_t row) const noexcept {
        return load<std::int32_t>(nulls + 4 * (row & row_mask)) < 0;
    }
    bool is_null(std::size_t row) const noexcept {
        return variable ? is_null_variable(row) : is_null_fixed(row);
    }
};

/// Column types that a T may be read from, and the way to read it. Unsupported types have no specialisation.
template <class T>
struct cell;

template <class T, data_type... Types>
struct fixed_cell {
    static constexpr bool variable = false;
    static constexpr bool accepts(data_type type) noexcept { return ((type == Types) || ...); }
    static T read(const column_cells& column, std::size_t row) noexcept {
        return load<T>(column.data + row * sizeof(T));
    }
};

template <>
struct cell<bool> {
    static constexpr std::string_view name = "bool";
    static constexpr bool variable = false;
    static constexpr bool accepts(data_type type) noexcept { return type == data_type::boolean; }
    static bool read(const column_cells& column, std::size_t row) noexcept { return column.data[row] != 0; }
};
template <>
struct cell<std::int8_t> : fixed_cell<std::int8_t, data_type::tinyint> {
    static constexpr std::string_view name = "std::int8_t";
};
template <>
struct cell<std::int16_t> : fixed_cell<std::int16_t, data_type::smallint> {
    static constexpr std::string_view name = "std::int16_t";
};
template <>
struct cell<std::int32_t> : fixed_cell<std::int32_t, data_type::integer> {
    static constexpr std::string_view name = "std::int32_t";
};
/// BIGINT, and the bare ticks of a TIMESTAMP.
template <>
struct cell<std::int64_t> : fixed_cell<std::int64_t, data_type::bigint, data_type::timestamp> {
    static constexpr std::string_view name = "std::int64_t";
};
template <>
struct cell<std::uint8_t> : fixed_cell<std::uint8_t, data_type::unsigned_tinyint> {
    static constexpr std::string_view name = "std::uint8_t";
};
template <>
struct cell<std::uint16_t> : fixed_cell<std::uint16_t, data_type::unsigned_smallint> {
    static constexpr std::string_view name = "std::uint16_t";
};
template <>
struct cell<std::uint32_t> : fixed_cell<std::uint32_t, data_type::unsigned_integer> {
    static constexpr std::string_view name = "std::uint32_t";
};
template <>
struct cell<std::uint64_t> : fixed_cell<std::uint64_t, data_type::unsigned_bigint> {
    static constexpr std::string_view name = "std::uint64_t";
};
template <>
struct cell<float> : fixed_cell<float, data_type::real> {
    static constexpr std::string_view name = "float";
};
template <>
struct cell<double> : fixed_cell<double, data_type::double_precision> {
    static constexpr std::string_view name = "double";
};
template <>
struct cell<timestamp> {
    static constexpr std::string_view name = "tmq::timestamp";
    static constexpr bool variable = false;
    static constexpr bool accepts(data_type type) noexcept { return type == data_type::timestamp; }
    static timestamp read(const column_cells& column, std::size_t row) noexcept {
        return timestamp(load<std::int64_t>(column.data + row * 8), column.precision);
    }
};

template <>
struct cell<decimal> {
    static constexpr std::string_view name = "tmq::decimal";
    static constexpr bool variable = false;
    static constexpr bool accepts(data_type type) noexcept {
        return type == data_type::decimal || type == data_type::decimal64;
    }
    static decimal read(const column_cells& column, std::size_t row) noexcept {
        if (!column.wide)
            return decimal(load<std::int64_t>(column.data + row * 8), column.decimal_precision,
                           column.decimal_scale);
        const std::uint8_t* const source = column.data + row * 16;
        return decimal(load<std::int64_t>(source + 8), load<std::uint64_t>(source), column.decimal_precision,
                       column.decimal_scale);
    }
};

/// A variable cell: empty when null, so that reading without asking for nulls stays inside the data.
template <class Byte>
struct variable_span {
    const Byte* data;
    std::size_t size;
};
template <class Byte>
variable_span<Byte> read_variable(const column_cells& column, std::size_t row) noexcept {
    const auto offset = load<std::int32_t>(column.nulls + 4 * (row & column.row_mask));
    if (offset < 0) return {nullptr, 0};
    const std::uint8_t* source = column.data + offset;
    // The width is the same for all cells of a column; marked unlikely, the test costs the usual columns
    // nothing.
    if (column.wide) [[unlikely]]
        return {reinterpret_cast<const Byte*>(source + 4), load<std::uint32_t>(source)};
    return {reinterpret_cast<const Byte*>(source + 2), load<std::uint16_t>(source)};
}

template <>
struct cell<std::string_view> {
    static constexpr std::string_view name = "std::string_view";
    static constexpr bool variable = true;
    static constexpr bool accepts(data_type type) noexcept {
        return type == data_type::varchar || type == data_type::nchar || type == data_type::json;
    }
    static std::string_view read(const column_cells& column, std::size_t row) noexcept {
        const auto text = read_variable<char>(column, row);
        return {text.data, text.size};
    }
};
template <>
struct cell<bytes_view> {
    static constexpr std::string_view name = "tmq::bytes_view";
    static constexpr bool variable = true;
    static constexpr bool accepts(data_type type) noexcept {
        return type == data_type::varbinary || type == data_type::geometry || type == data_type::varchar ||
               type == data_type::blob;
    }
    static bytes_view read(const column_cells& column, std::size_t row) noexcept {
        const auto bytes = read_variable<std::byte>(column, row);
        return {bytes.data, bytes.size};
    }
};

template <class T>
struct cell<std::optional<T>> {
    static constexpr std::string_view name = cell<T>::name;
    static constexpr bool variable = cell<T>::variable;
    static constexpr bool accepts(data_type type) noexcept {
        return type == data_type::null || cell<T>::accepts(type);
    }
    static std::optional<T> read(const column_cells& column, std::size_t row) noexcept {
        if (variable ? column.is_null_variable(row) : column.is_null_fixed(row)) return std::nullopt;
        return cell<T>::read(column, row);
    }
};

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

template <class T>
concept cell_type = requires { cell<T>::name; };

}  // namespace tmq::detail
