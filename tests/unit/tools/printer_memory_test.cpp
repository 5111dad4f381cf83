// The memory that printing takes has a bound, however long the text of a message is: cells that lie in the
// message once are printed once a row.
#include "support/heap_peak.hpp"
#include "tools/row_printer.hpp"
#include "unit/data/received_message.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <string>
#include <vector>

namespace tmq::test {
namespace {

constexpr std::size_t bound = 2 << 20;

/// The most memory that printing the message takes.
std::size_t memory_for(const message& from, bool json) {
    std::FILE* const nowhere = std::fopen("/dev/null", "w");
    std::size_t most = 0;
    {
        tools::row_printer printer(nowhere, json);
        const heap_peak peak;
        EXPECT_EQ(printer.print(from, from.row_count()), from.row_count());
        most = peak.bytes();
    }
    std::fclose(nowhere);
    return most;
}

/// All rows share one cell.
std::shared_ptr<message> shared_cell(data_type type, std::size_t rows, std::size_t length_size,
                                     const std::string& cell) {
    byte_builder cells;
    cells.little(cell.size(), length_size).text(cell);
    return received_block(rows, {column_of_cells("c", type, std::vector<std::int64_t>(rows, 0), cells)});
}

TEST(printer_memory, does_not_depend_on_rows_that_share_a_large_cell) {
    const auto from = shared_cell(data_type::varchar, 2'000, 2, std::string(65'000, 'x'));
    EXPECT_LT(memory_for(*from, false), bound);
    EXPECT_LT(memory_for(*from, true), bound);
}

TEST(printer_memory, does_not_depend_on_what_a_cell_is_escaped_to) {
    const auto from = shared_cell(data_type::varchar, 300, 2, std::string(65'000, '\x9B'));
    EXPECT_LT(memory_for(*from, false), bound);
    EXPECT_LT(memory_for(*from, true), bound);
}

TEST(printer_memory, does_not_depend_on_the_size_of_a_blob) {
    const auto from = shared_cell(data_type::blob, 3, 4, std::string(16 << 20, 'x'));
    EXPECT_LT(memory_for(*from, false), bound);
    EXPECT_LT(memory_for(*from, true), bound);
}

TEST(printer_memory, does_not_depend_on_the_number_of_columns_and_rows) {
    constexpr std::size_t rows = 200;
    std::vector<column_spec> columns;
    for (int i = 0; i < 4096; ++i) {
        std::string name = "column_" + std::to_string(i);
        name.resize(64, '_');
        columns.push_back(fixed_column(name, data_type::boolean, 1, std::vector<optional_number>(rows, 1)));
    }
    const auto from = received_block(rows, columns);
    EXPECT_LT(memory_for(*from, false), bound);
    EXPECT_LT(memory_for(*from, true), bound);
}

}  // namespace
}  // namespace tmq::test
