#include "tmq/block.hpp"

#include "data/column_name.hpp"
#include "tmq/error.hpp"

#include <fmt/format.h>

#include <bit>

namespace tmq::detail {
namespace {

/// Calls `use` with the null bits of 64 rows at a time. Bits after the last row are cleared.
template <class Use>
void for_each_null_word(const std::uint8_t* bitmap, std::size_t rows, Use use) noexcept {
    for (; rows >= 64; rows -= 64, bitmap += 8)
        use(load<std::uint64_t>(bitmap));
    if (rows == 0) return;
    std::uint64_t word = 0;
    const std::size_t bytes = (rows + 7) / 8;
    for (std::size_t i = 0; i < bytes; ++i)
        word |= std::uint64_t{bitmap[i]} << 8 * i;
    // The first row of a byte has its highest bit, so the lowest ones belong to no row.
    const std::uint64_t excess = rows % 8 == 0 ? 0 : 0xFFU >> rows % 8;
    use(word & ~(excess << 8 * (bytes - 1)));
}

std::size_t count_null_offsets(const std::uint8_t* offsets, std::size_t rows) noexcept {
    // The count is as wide as the offsets, so that the compiler counts in vectors. A block has fewer than
    // 2^32 rows.
    std::uint32_t count = 0;
    for (std::size_t row = 0; row < rows; ++row)
        count += load<std::int32_t>(offsets + 4 * row) == -1 ? 1U : 0U;
    return count;
}

}  // namespace

std::optional<std::size_t> try_find_column(column_span columns, std::string_view name) noexcept {
    return data::find_by_name(columns, name);
}

std::size_t find_column(column_span columns, std::string_view name) {
    if (const auto index = try_find_column(columns, name)) return *index;
    throw error(errc::no_such_column, fmt::format("column '{}'", name));
}

void throw_no_column(column_span columns, std::size_t index) {
    throw error(errc::no_such_column, fmt::format("column {} of {}", index, columns.size()));
}

std::size_t count_nulls(const column_cells& cells, std::size_t rows) noexcept {
    if (cells.row_mask == 0) return rows;
    if (cells.variable) return count_null_offsets(cells.nulls, rows);
    std::size_t count = 0;
    for_each_null_word(cells.nulls, rows, [&](std::uint64_t word) {
        // Most words have no bit, and std::popcount is slow on targets without an instruction for it.
        if (word != 0) count += static_cast<std::size_t>(std::popcount(word));
    });
    return count;
}

bool has_nulls(const column_cells& cells, std::size_t rows) noexcept {
    if (cells.row_mask == 0) return rows != 0;
    if (cells.variable) return count_null_offsets(cells.nulls, rows) != 0;
    std::uint64_t any = 0;
    for_each_null_word(cells.nulls, rows, [&](std::uint64_t word) { any |= word; });
    return any != 0;
}

void copy_validity(const column_cells& cells, std::span<bool> out) noexcept {
    for (std::size_t row = 0; row < out.size(); ++row)
        out[row] = !cells.is_null(row);
}

void check_room(std::size_t room, std::size_t rows) {
    if (room < rows)
        throw error(errc::invalid_argument, fmt::format("room for {} values of {} rows", room, rows));
}

void throw_type_mismatch(const column_layout& column, std::string_view requested) {
    throw error(errc::column_type_mismatch,
                fmt::format("column '{}' is {}, not {}", column.name, to_string(column.type), requested));
}

void throw_unexpected_null(const column_layout& column, std::string_view requested) {
    throw error(errc::unexpected_null, fmt::format("column '{}' read as {}", column.name, requested));
}

}  // namespace tmq::detail
