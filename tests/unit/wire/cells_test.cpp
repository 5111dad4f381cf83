#include "wire/cells.hpp"

#include "printing.hpp"
#include "support/bytes.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <utility>
#include <vector>

namespace tmq::wire {
namespace {

using namespace test;

constexpr std::int64_t null = -1;
/// Rows are looked at eight at a time, and one by one at the end.
constexpr std::size_t most_rows = 35;

/// Offsets and cells one behind the other, and nothing behind them.
struct built_column {
    built_column(const std::vector<std::int64_t>& offsets, const byte_builder& cells)
        : bytes(build(offsets, cells).bytes()) {
        column.offsets = bytes.view().data();
        column.cells = column.offsets + 4 * offsets.size();
        column.rows = offsets.size();
        column.size = cells.size();
        column.offsets_position = 1000;
        column.cells_position = 5000;
    }

    defect check() const { return check_cells<std::uint16_t>(column); }

    exact_bytes bytes;
    cell_column column;

  private:
    static byte_builder build(const std::vector<std::int64_t>& offsets, const byte_builder& cells) {
        byte_builder all;
        for (const std::int64_t offset : offsets)
            all.i32(offset);
        return all.append(cells);
    }
};

defect check(const std::vector<std::int64_t>& offsets, const byte_builder& cells) {
    return built_column(offsets, cells).check();
}

defect wrong_offset(std::size_t row) { return {defect_code::cell_offset_invalid, 1000 + 4 * row}; }
defect wrong_length(std::int64_t offset) {
    return {defect_code::cell_length_invalid, 5000 + static_cast<std::uint64_t>(offset)};
}

/// Cells of 0, 1, 2, ... bytes, one behind the other.
struct packed_cells {
    explicit packed_cells(std::size_t rows) {
        for (std::size_t row = 0; row < rows; ++row) {
            offsets.push_back(static_cast<std::int64_t>(cells.size()));
            cells.u16(row).raw(std::vector<std::uint8_t>(row, 0xEE));
        }
    }
    std::vector<std::int64_t> offsets;
    byte_builder cells;
};

TEST(cells, are_right_up_to_the_last_byte_of_the_column) {
    for (std::size_t rows = 1; rows <= most_rows; ++rows) {
        const packed_cells packed(rows);
        EXPECT_EQ(check(packed.offsets, packed.cells), defect{}) << rows;
    }
}

TEST(cells, have_their_offsets_checked_in_every_row) {
    for (std::size_t rows = 1; rows <= most_rows; ++rows) {
        const packed_cells packed(rows);
        const auto size = static_cast<std::int64_t>(packed.cells.size());
        for (std::size_t row = 0; row < rows; ++row) {
            for (const std::int64_t offset :
                 {std::int64_t{-2}, std::int64_t{INT32_MIN}, std::int64_t{INT32_MIN} + 1, size - 1, size,
                  size + 1, std::int64_t{INT32_MAX} - 1, std::int64_t{INT32_MAX}}) {
                std::vector<std::int64_t> offsets = packed.offsets;
                offsets[row] = offset;
                ASSERT_EQ(check(offsets, packed.cells), wrong_offset(row))
                    << "row " << row << " of " << rows << ", offset " << offset;
            }
        }
    }
}

TEST(cells, have_their_lengths_checked_in_every_row) {
    for (std::size_t rows = 1; rows <= most_rows; ++rows) {
        const packed_cells packed(rows);
        const std::size_t size = packed.cells.size();
        for (std::size_t row = 0; row < rows; ++row) {
            const auto offset = static_cast<std::size_t>(packed.offsets[row]);
            const auto with_length = [&](std::size_t length) {
                std::vector<std::uint8_t> bytes = packed.cells.bytes();
                bytes[offset] = static_cast<std::uint8_t>(length);
                bytes[offset + 1] = static_cast<std::uint8_t>(length >> 8);
                return byte_builder().raw(bytes);
            };
            ASSERT_EQ(check(packed.offsets, with_length(size - offset - 2)), defect{})
                << "row " << row << " of " << rows;
            for (const std::size_t length : {size - offset - 1, size - offset, std::size_t{0x7FFF},
                                             std::size_t{0x8000}, std::size_t{0xFFFF}})
                ASSERT_EQ(check(packed.offsets, with_length(length)), wrong_length(packed.offsets[row]))
                    << "row " << row << " of " << rows;
        }
    }
}

TEST(cells, of_nulls_are_not_looked_at) {
    // Whatever the bytes in front of the cells and the first behind it would be as a length.
    for (std::size_t rows = 1; rows <= most_rows; ++rows) {
        for (std::size_t row = 0; row < rows; ++row) {
            for (const unsigned first : {0U, 1U, 0xFFU}) {
                std::vector<std::int64_t> offsets(rows, null);
                EXPECT_EQ(check(offsets, byte_builder().u8(first).u8(0xFF)), defect{});
                offsets[row] = 1;
                EXPECT_EQ(check(offsets, byte_builder().u8(first).u16(0)), defect{})
                    << "row " << row << " of " << rows;
                EXPECT_EQ(check(offsets, byte_builder().u8(first).u16(1)), wrong_length(1))
                    << "row " << row << " of " << rows;
            }
        }
    }
}

TEST(cells, need_no_bytes_when_all_are_null) {
    for (std::size_t rows = 1; rows <= most_rows; ++rows) {
        for (const byte_builder& cells : {byte_builder(), byte_builder().u8(0)}) {
            std::vector<std::int64_t> offsets(rows, null);
            EXPECT_EQ(check(offsets, cells), defect{});
            offsets.back() = 0;
            EXPECT_EQ(check(offsets, cells), wrong_offset(rows - 1));
        }
    }
}

TEST(cells, may_be_shared_overlap_and_stand_in_any_order) {
    for (std::size_t rows = 1; rows <= most_rows; ++rows) {
        const packed_cells packed(rows);
        EXPECT_EQ(check({packed.offsets.rbegin(), packed.offsets.rend()}, packed.cells), defect{});
        EXPECT_EQ(check(std::vector<std::int64_t>(rows, packed.offsets.back()), packed.cells), defect{});
        // Each begins inside the one before: a zero that is the upper half of a length is the lower half of
        // the next.
        std::vector<std::int64_t> overlapping;
        byte_builder zeros;
        for (std::size_t row = 0; row < rows; ++row)
            overlapping.push_back(static_cast<std::int64_t>(row));
        EXPECT_EQ(check(overlapping, zeros.raw(std::vector<std::uint8_t>(rows + 1))), defect{});
    }
}

TEST(cells, are_refused_for_the_first_row_that_is_wrong) {
    const packed_cells packed(most_rows);
    const auto size = static_cast<std::int64_t>(packed.cells.size());
    byte_builder cells = packed.cells;
    cells.u16(0xFFFF);
    for (std::size_t first = 0; first < most_rows; ++first) {
        for (std::size_t second = first + 1; second < most_rows; ++second) {
            std::vector<std::int64_t> offsets = packed.offsets;
            offsets[first] = size;
            offsets[second] = -2;
            ASSERT_EQ(check(offsets, cells), wrong_length(size)) << first << ", " << second;
            std::swap(offsets[first], offsets[second]);
            ASSERT_EQ(check(offsets, cells), wrong_offset(first)) << first << ", " << second;
        }
    }
}

TEST(cells, may_have_lengths_of_thirty_two_bits) {
    const auto check_wide = [](const std::vector<std::int64_t>& offsets, const byte_builder& cells) {
        return check_cells<std::uint32_t>(built_column(offsets, cells).column);
    };
    for (std::size_t rows = 1; rows <= most_rows; ++rows) {
        for (std::size_t row = 0; row < rows; ++row) {
            std::vector<std::int64_t> offsets(rows, null);
            offsets[row] = 1;
            EXPECT_EQ(check_wide(offsets, byte_builder().u8(0).u32(1).u8(0)), defect{});
            EXPECT_EQ(check_wide(offsets, byte_builder().u8(0).u32(2).u8(0)), wrong_length(1));
            EXPECT_EQ(check_wide(offsets, byte_builder().u8(0).u32(0xFFFF'FFFF).u8(0)), wrong_length(1));
            EXPECT_EQ(check_wide(offsets, byte_builder().u32(0)), wrong_offset(row));
        }
    }
}

}  // namespace
}  // namespace tmq::wire
