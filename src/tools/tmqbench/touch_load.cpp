#include "tmq/block.hpp"
#include "tmq/error.hpp"
#include "tools/tmqbench/cell_type.hpp"
#include "tools/tmqbench/load.hpp"
#include "tools/tmqbench/touch.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace tmq::tools::tmqbench {
namespace {

void touch_all_columns(const block_view& block, totals& sums) {
    constexpr std::uint64_t fixed_bytes = 8 + 4 + 4 + 4 + 4 + 8;
    std::uint64_t integers = 0;
    std::uint64_t text_bytes = 0;
    std::uint64_t nulls = 0;
    double floats = 0;
    for (const auto& [ts, current, voltage, phase, groupid, location, sequence] :
         block.rows<timestamp, float, std::int32_t, float, std::int32_t, std::optional<std::string_view>,
                    std::int64_t>()) {
        integers += to_ms(ts) + static_cast<std::uint64_t>(std::int64_t{voltage} + groupid + sequence);
        floats += static_cast<double>(current) + static_cast<double>(phase);
        if (location)
            text_bytes += location->size();
        else
            ++nulls;
    }
    sums.integers += integers;
    sums.floats += floats;
    sums.nulls += nulls;
    sums.bytes += block.row_count() * fixed_bytes + text_bytes;
    sums.typed_cells += block.row_count() * block.column_count();
}

}  // namespace

bool touch_rows_of_load(const block_view& block, totals& sums) {
    if (!has_columns_of_load(block)) return false;
    try {
        touch_all_columns(block, sums);
        return true;
    } catch (const error& failure) {
        // A null in a column that has none in the load is found before the first row is read.
        if (failure.code() != errc::unexpected_null) throw;
        return false;
    }
}

}  // namespace tmq::tools::tmqbench
