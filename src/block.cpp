#include "tmq/block.hpp"

#include "text/similar.hpp"
#include "tmq/error.hpp"

#include <fmt/format.h>

#include <bit>

namespace tmq::detail {
namespace {

constexpr std::uint8_t null_bits[] = {0xFF};
constexpr std::uint8_t null_offset[] = {0xFF, 0xFF, 0xFF, 0xFF};

}  // namespace

std::optional<std::size_t> try_find_column(column_span columns, std::string_view name) noexcept {
    for (std::size_t i = 0; i < columns.size(); ++i)
        if (columns[i].name == name) return i;
    for (std::size_t i = 0; i < columns.size(); ++i)
        if (text::same_but_for_case(columns[i].name, name)) return i;
    return std::nullopt;
}

std::size_t find_column(column_span columns, std::string_view name) {
    if (const auto index = try_find_column(columns, name)) return *index;
    throw error(errc::no_such_column, fmt::format("column '{}'", name));
}

const column_layout& column_at(column_span columns, std::size_t index) {
    if (index >= columns.size()) throw error(errc::no_such_column, fmt::format("column {} of {}", index, columns.size()));
    return columns[index];
}

column_cells cells_of(const block_layout& block, const column_layout& column, bool variable) noexcept {
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

std::size_t count_nulls(const column_cells& cells, std::size_t rows) noexcept {
    std::size_t count = 0;
    if (cells.row_mask == 0) return rows;
    if (cells.variable) {
        for (std::size_t row = 0; row < rows; ++row) count += load<std::int32_t>(cells.nulls + 4 * row) == -1 ? 1U : 0U;
        return count;
    }
    std::size_t byte = 0;
    for (; (byte + 8) * 8 <= rows; byte += 8) count += static_cast<std::size_t>(std::popcount(load<std::uint64_t>(cells.nulls + byte)));
    for (std::size_t row = byte * 8; row < rows; ++row) count += cells.is_null_fixed(row) ? 1U : 0U;
    return count;
}

bool has_nulls(const column_cells& cells, std::size_t rows) noexcept { return count_nulls(cells, rows) != 0; }

void copy_validity(const column_cells& cells, std::span<bool> out) noexcept {
    for (std::size_t row = 0; row < out.size(); ++row) out[row] = !cells.is_null(row);
}

void check_room(std::size_t room, std::size_t rows) {
    if (room < rows) throw error(errc::invalid_argument, fmt::format("room for {} values of {} rows", room, rows));
}

void throw_type_mismatch(const column_layout& column, std::string_view requested) {
    throw error(errc::column_type_mismatch, fmt::format("column '{}' is {}, not {}", column.name, to_string(column.type), requested));
}

void throw_unexpected_null(const column_layout& column, std::string_view requested) {
    throw error(errc::unexpected_null, fmt::format("column '{}' read as {}", column.name, requested));
}

}  // namespace tmq::detail
