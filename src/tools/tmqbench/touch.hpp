#pragma once

#include "tmq/message.hpp"
#include "tools/tmqbench/totals.hpp"

namespace tmq::tools::tmqbench {

enum class touch_mode {
    /// Row by row, as typed tuples: of all columns if they are those of the load, otherwise of two columns
    /// at a time.
    rows,
    /// Column by column.
    columns,
    /// Row by row, as values of any type.
    dynamic,
};

/// Reads every value of the message, as an application would in this mode.
void touch(const message& message, touch_mode mode, totals& sums);

void touch_columns(const block_view& block, totals& sums);
/// Reads the rows as tuples of all columns. Returns false if columns and nulls are not those of the load.
bool touch_rows_of_load(const block_view& block, totals& sums);
/// Reads rows with any columns as typed tuples.
void touch_typed_rows(const block_view& block, totals& sums);
void touch_dynamic_rows(const block_view& block, totals& sums);

}  // namespace tmq::tools::tmqbench
