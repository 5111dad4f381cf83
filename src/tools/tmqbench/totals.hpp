#pragma once

#include <cstdint>

namespace tmq::tools::tmqbench {

/// Sums over the rows of a topic. They are the same for every client that has read the same rows.
struct totals {
    std::uint64_t messages = 0;
    std::uint64_t blocks = 0;
    std::uint64_t rows = 0;
    std::uint64_t cells = 0;        ///< rows x columns, nulls included
    std::uint64_t nulls = 0;        ///< nulls among the cells
    std::uint64_t bytes = 0;        ///< bytes of values: native widths, and lengths of texts
    std::uint64_t integers = 0;     ///< wrapping sum of integers, bools and timestamps in ms
    double floats = 0;              ///< sum of FLOAT and DOUBLE
    std::uint64_t typed_cells = 0;  ///< read as the type of their column, not as values of any type

    totals& operator+=(const totals& other) noexcept {
        messages += other.messages;
        blocks += other.blocks;
        rows += other.rows;
        cells += other.cells;
        nulls += other.nulls;
        bytes += other.bytes;
        integers += other.integers;
        floats += other.floats;
        typed_cells += other.typed_cells;
        return *this;
    }
};

}  // namespace tmq::tools::tmqbench
