#include "column_sum.hpp"

#include <algorithm>

namespace tmq::bench {

// The halves of the values are summed in 32 bits each, for as many rows as cannot overflow: twice the values per vector that widening
// to 64 bits leaves. Compiled for several instruction sets, as memcpy is.
[[gnu::target_clones("arch=x86-64-v4", "avx2", "default")]] std::int64_t sum(const column_view<std::int32_t>& column) noexcept {
    constexpr std::size_t rows_at_once = 32768;
    std::int64_t total = 0;
    for (std::size_t first = 0; first < column.size(); first += rows_at_once) {
        const std::size_t last = std::min(column.size(), first + rows_at_once);
        std::uint32_t low = 0;
        std::int32_t high = 0;
        for (std::size_t row = first; row < last; ++row) {
            const std::int32_t value = column[row];
            low += static_cast<std::uint32_t>(value) & 0xFFFFU;
            high += value >> 16;
        }
        total += static_cast<std::int64_t>(high) * 65536 + low;
    }
    return total;
}

}  // namespace tmq::bench
