#include "support/bytes.hpp"
#include "tmq/block.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

namespace tmq::detail {
namespace {

using test::byte_builder;
using test::exact_bytes;

constexpr std::size_t most_rows = 130;

/// Which rows are null: none, all, every n-th, and the first or the last alone.
std::vector<std::vector<bool>> null_patterns(std::size_t rows) {
    std::vector<std::vector<bool>> patterns = {std::vector<bool>(rows, false), std::vector<bool>(rows, true)};
    for (const std::size_t step : {2U, 3U, 7U, 64U}) {
        patterns.emplace_back(rows, false);
        for (std::size_t row = 0; row < rows; row += step)
            patterns.back()[row] = true;
    }
    if (rows != 0) {
        patterns.emplace_back(rows, false).front() = true;
        patterns.emplace_back(rows, false).back() = true;
    }
    return patterns;
}

/// The bits behind the last row say nothing; the server is free to set them.
exact_bytes bitmap(const std::vector<bool>& nulls, bool spare_bits) {
    std::vector<std::uint8_t> bytes((nulls.size() + 7) / 8);
    for (std::size_t row = 0; row < 8 * bytes.size(); ++row)
        if (row < nulls.size() ? nulls[row] : spare_bits)
            bytes[row / 8] = static_cast<std::uint8_t>(bytes[row / 8] | 0x80U >> row % 8);
    return exact_bytes(bytes);
}

column_layout layout_of(data_type type, const exact_bytes& front) {
    column_layout layout;
    layout.type = type;
    layout.nulls = front.view().data();
    return layout;
}

void expect_nulls(const column_cells& cells, const std::vector<bool>& nulls) {
    std::size_t expected = 0;
    for (std::size_t row = 0; row < nulls.size(); ++row) {
        expected += nulls[row] ? 1U : 0U;
        ASSERT_EQ(cells.is_null(row), nulls[row]) << "row " << row << " of " << nulls.size();
    }
    ASSERT_EQ(count_nulls(cells, nulls.size()), expected) << nulls.size() << " rows";
    ASSERT_EQ(has_nulls(cells, nulls.size()), expected != 0) << nulls.size() << " rows";
}

TEST(null_count, of_a_fixed_column_counts_the_bits_of_its_rows_only) {
    for (std::size_t rows = 0; rows <= most_rows; ++rows) {
        for (const std::vector<bool>& nulls : null_patterns(rows)) {
            for (const bool spare_bits : {false, true}) {
                const exact_bytes front = bitmap(nulls, spare_bits);
                expect_nulls(cells_of(block_layout(), layout_of(data_type::integer, front), false), nulls);
            }
        }
    }
}

TEST(null_count, of_a_variable_column_counts_the_offsets_minus_one) {
    for (std::size_t rows = 0; rows <= most_rows; ++rows) {
        for (const std::vector<bool>& nulls : null_patterns(rows)) {
            byte_builder offsets;
            for (const bool null : nulls)
                offsets.i32(null ? -1 : 0);
            const exact_bytes front(offsets.bytes());
            expect_nulls(cells_of(block_layout(), layout_of(data_type::varchar, front), true), nulls);
        }
    }
}

TEST(null_count, of_a_column_without_type_is_the_number_of_rows) {
    const exact_bytes zeros{std::vector<std::uint8_t>(4 * most_rows)};
    for (std::size_t rows = 0; rows <= most_rows; ++rows)
        for (const bool variable : {false, true})
            expect_nulls(cells_of(block_layout(), layout_of(data_type::null, zeros), variable),
                         std::vector<bool>(rows, true));
}

}  // namespace
}  // namespace tmq::detail
