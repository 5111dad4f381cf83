#include "tools/tmqbench/touch.hpp"

#include "column_sum.hpp"
#include "tools/tmqbench/cell_type.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

namespace tmq::tools::tmqbench {
namespace {

template <class T>
std::uint64_t to_integer(const T& value) noexcept {
    if constexpr (std::is_same_v<T, timestamp>)
        return to_ms(value);
    else
        return static_cast<std::uint64_t>(value);
}

template <class T>
void add_values(const column_view<T>& column, totals& sums) noexcept {
    if constexpr (std::is_floating_point_v<T>) {
        sums.floats += bench::sum(column);
    } else if constexpr (std::is_same_v<T, std::int32_t> || std::is_same_v<T, std::int64_t>) {
        sums.integers += to_integer(bench::sum(column));
    } else {
        std::uint64_t total = 0;
        for (const T value : column)
            total += to_integer(value);
        sums.integers += total;
    }
}

template <class T>
void add_values_but_nulls(const column_view<T>& column, totals& sums) noexcept {
    for (std::size_t row = 0; row < column.size(); ++row) {
        if (column.is_null(row)) continue;
        if constexpr (std::is_floating_point_v<T>)
            sums.floats += static_cast<double>(column[row]);
        else
            sums.integers += to_integer(column[row]);
    }
}

template <class T>
void touch_column(const block_view& block, std::size_t index, totals& sums) {
    const auto column = block.column<T>(index);
    const std::size_t nulls = column.null_count();
    sums.nulls += nulls;
    sums.typed_cells += column.size();
    if constexpr (std::is_same_v<T, std::string_view> || std::is_same_v<T, bytes_view>) {
        std::uint64_t bytes = 0;
        for (const T value : column)
            bytes += value.size();
        sums.bytes += bytes;
    } else {
        sums.bytes += (column.size() - nulls) * width_of(block.column_type(index));
        if constexpr (!std::is_same_v<T, decimal>) {
            if (nulls == 0)
                add_values(column, sums);
            else
                add_values_but_nulls(column, sums);
        }
    }
}

}  // namespace

void touch_columns(const block_view& block, totals& sums) {
    for (std::size_t i = 0; i < block.column_count(); ++i) {
        const data_type type = block.column_type(i);
        // Ticks in milliseconds need no rounding.
        if (type == data_type::timestamp && block.precision() == time_precision::milliseconds)
            touch_column<std::int64_t>(block, i, sums);
        else if (!with_cell_type(type,
                                 [&]<class T>(std::type_identity<T>) { touch_column<T>(block, i, sums); }))
            sums.nulls += block.row_count();
    }
}

}  // namespace tmq::tools::tmqbench
