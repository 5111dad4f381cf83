#include "column_sum.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

// Compiled for several instruction sets, as memcpy is. Not under ThreadSanitizer: it would have to run before
// main(), when the loader chooses one.
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define TMQ_CLONES
#endif
#endif
#ifndef TMQ_CLONES
#define TMQ_CLONES [[gnu::target_clones("arch=x86-64-v4", "avx2", "default")]]
#endif

namespace tmq::bench {
namespace {

/// In several sums side by side: an addition takes longer than the next one needs to wait for it.
template <class T>
[[gnu::always_inline]] inline double sum_in_lanes(const column_view<T>& column) noexcept {
    std::array<double, 8> lanes{};
    std::size_t row = 0;
    for (; row + lanes.size() <= column.size(); row += lanes.size())
        for (std::size_t lane = 0; lane < lanes.size(); ++lane)
            lanes[lane] += static_cast<double>(column[row + lane]);
    double total = 0;
    for (; row < column.size(); ++row)
        total += static_cast<double>(column[row]);
    for (const double lane : lanes)
        total += lane;
    return total;
}

}  // namespace

// The halves of the values are summed in 32 bits each, for as many rows as cannot overflow: twice the values
// per vector that widening to 64 bits leaves.
TMQ_CLONES std::int64_t sum(const column_view<std::int32_t>& column) noexcept {
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

TMQ_CLONES std::int64_t sum(const column_view<std::int64_t>& column) noexcept {
    std::uint64_t total = 0;
    for (const std::int64_t value : column)
        total += static_cast<std::uint64_t>(value);
    return static_cast<std::int64_t>(total);
}

TMQ_CLONES double sum(const column_view<float>& column) noexcept { return sum_in_lanes(column); }
TMQ_CLONES double sum(const column_view<double>& column) noexcept { return sum_in_lanes(column); }

}  // namespace tmq::bench
