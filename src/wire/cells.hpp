#pragma once

#include "wire/reader.hpp"

#include <cstdint>

namespace tmq::wire {

/// A column of variable width. Its two parts are inside the bytes of the block: one i32 offset per row (-1 =
/// null), and the cells.
struct cell_column {
    const std::uint8_t* offsets = nullptr;
    const std::uint8_t* cells = nullptr;
    std::uint64_t rows = 0;
    std::uint64_t size = 0;              ///< of the cells, below 2^31
    std::uint64_t offsets_position = 0;  ///< of `offsets` inside the outermost span
    std::uint64_t cells_position = 0;
};

/// Calls `check(offset, length)` for every cell that is not null, in the order of the rows. Each cell is
/// checked first: its length (a number of type Length) and the `length` bytes after it lie inside the column.
/// Returns the first defect. Offsets may repeat and come in any order. Rows before `first_row` are left out.
template <class Length, class Check>
defect for_each_cell(const cell_column& column, Check check, std::uint64_t first_row = 0) noexcept {
    constexpr std::uint64_t null = 0xFFFF'FFFF;
    // The offset is read as unsigned, so a negative one is larger than any column.
    for (std::uint64_t row = first_row; row < column.rows; ++row) {
        const std::uint64_t offset = load_le<std::uint32_t>(column.offsets + 4 * row);
        if (offset + sizeof(Length) > column.size) {
            if (offset == null) continue;
            return {defect_code::cell_offset_invalid, column.offsets_position + 4 * row};
        }
        const std::uint64_t length = load_le<Length>(column.cells + offset);
        if (offset + sizeof(Length) + length > column.size)
            return {defect_code::cell_length_invalid, column.cells_position + offset};
        if (const defect error = check(offset, length)) return error;
    }
    return {};
}

/// Counts valid rows from the first one: a null, or a cell with a u16 length that lies inside the column.
/// Checks eight rows at a time, so valid rows may follow the counted ones. The cells must directly follow the
/// offsets.
std::uint64_t count_fitting_rows(const cell_column& column) noexcept;

/// Checks that all cells lie inside the column. They must directly follow the offsets.
template <class Length>
defect check_cells(const cell_column& column) noexcept {
    const std::uint64_t first_row = sizeof(Length) == sizeof(std::uint16_t) ? count_fitting_rows(column) : 0;
    return for_each_cell<Length>(column, [](std::uint64_t, std::uint64_t) { return defect{}; }, first_row);
}

}  // namespace tmq::wire
