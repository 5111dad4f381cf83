#include "tools/tmqbench/touch.hpp"

namespace tmq::tools::tmqbench {

void touch(const message& message, touch_mode mode, totals& sums) {
    ++sums.messages;
    for (const block_view block : message.blocks()) {
        ++sums.blocks;
        sums.rows += block.row_count();
        sums.cells += block.row_count() * block.column_count();
        if (mode == touch_mode::columns)
            touch_columns(block, sums);
        else if (mode == touch_mode::rows)
            touch_typed_rows(block, sums);
        else
            touch_dynamic_rows(block, sums);
    }
}

}  // namespace tmq::tools::tmqbench
