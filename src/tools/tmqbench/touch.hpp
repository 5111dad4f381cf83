#pragma once

#include "tmq/message.hpp"
#include "tools/tmqbench/totals.hpp"

namespace tmq::tools::tmqbench {

enum class touch_mode {
    rows,  ///< row by row, as typed tuples: of all columns where they are those of the load, of two columns
           ///< at a time elsewhere
    columns,  ///< column by column
    dynamic,  ///< row by row, as values of any type
};

/// Reads every value of the message, as an application would in this mode.
void touch(const message& message, touch_mode mode, totals& sums);

void touch_columns(const block_view& block, totals& sums);
/// As tuples of all columns; false when columns and nulls are not those of the load.
bool touch_rows_of_load(const block_view& block, totals& sums);
/// Whatever the columns are.
void touch_typed_rows(const block_view& block, totals& sums);
void touch_dynamic_rows(const block_view& block, totals& sums);

}  // namespace tmq::tools::tmqbench
