#pragma once

#include "tmq/message.hpp"
#include "tmqbench/totals.hpp"

namespace tmq::bench {

enum class touch_mode {
    rows,     ///< row by row: as typed tuples where the columns are those of the load, as values of any type elsewhere
    columns,  ///< column by column
    dynamic,  ///< row by row, as values of any type
};

/// Reads every value of the message, as an application would in this mode.
void touch(const message& message, touch_mode mode, totals& sums);

void touch_columns(const block_view& block, totals& sums);
void touch_typed_rows(const block_view& block, totals& sums);
void touch_dynamic_rows(const block_view& block, totals& sums);

}  // namespace tmq::bench
