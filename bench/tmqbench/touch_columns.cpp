#include "tmqbench/touch.hpp"

#include "column_sum.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

namespace tmq::bench {
namespace {

template <class T>
std::uint64_t as_integer(const T& value) noexcept {
    if constexpr (std::is_same_v<T, timestamp>)
        return static_cast<std::uint64_t>(value.time_ms().time_since_epoch().count());
    else
        return static_cast<std::uint64_t>(value);
}

template <class T>
void add_values(const column_view<T>& column, totals& sums) noexcept {
    if constexpr (std::is_floating_point_v<T>) {
        sums.floats += sum(column);
    } else if constexpr (std::is_same_v<T, std::int32_t> || std::is_same_v<T, std::int64_t>) {
        sums.integers += as_integer(sum(column));
    } else {
        std::uint64_t total = 0;
        for (const T value : column) total += as_integer(value);
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
            sums.integers += as_integer(column[row]);
    }
}

template <class T>
void touch_column(const block_view& block, std::size_t index, totals& sums) {
    const auto column = block.column<T>(index);
    const std::size_t nulls = column.null_count();
    sums.nulls += nulls;
    if constexpr (std::is_same_v<T, std::string_view> || std::is_same_v<T, bytes_view>) {
        std::uint64_t bytes = 0;
        for (const T value : column) bytes += value.size();
        sums.bytes += bytes;
    } else {
        std::size_t width = detail::wire_width<T>;
        if constexpr (std::is_same_v<T, decimal>) width = block.column_type(index) == data_type::decimal ? 16 : 8;
        sums.bytes += (column.size() - nulls) * width;
        if constexpr (!std::is_same_v<T, decimal>) nulls == 0 ? add_values(column, sums) : add_values_but_nulls(column, sums);
    }
}

}  // namespace

void touch_columns(const block_view& block, totals& sums) {
    for (std::size_t i = 0; i < block.column_count(); ++i) {
        switch (block.column_type(i)) {
            case data_type::boolean: touch_column<bool>(block, i, sums); break;
            case data_type::tinyint: touch_column<std::int8_t>(block, i, sums); break;
            case data_type::smallint: touch_column<std::int16_t>(block, i, sums); break;
            case data_type::integer: touch_column<std::int32_t>(block, i, sums); break;
            case data_type::bigint: touch_column<std::int64_t>(block, i, sums); break;
            case data_type::unsigned_tinyint: touch_column<std::uint8_t>(block, i, sums); break;
            case data_type::unsigned_smallint: touch_column<std::uint16_t>(block, i, sums); break;
            case data_type::unsigned_integer: touch_column<std::uint32_t>(block, i, sums); break;
            case data_type::unsigned_bigint: touch_column<std::uint64_t>(block, i, sums); break;
            case data_type::real: touch_column<float>(block, i, sums); break;
            case data_type::double_precision: touch_column<double>(block, i, sums); break;
            // Ticks that are milliseconds already need no rounding.
            case data_type::timestamp:
                block.precision() == time_precision::milliseconds ? touch_column<std::int64_t>(block, i, sums)
                                                                  : touch_column<timestamp>(block, i, sums);
                break;
            case data_type::varchar:
            case data_type::nchar:
            case data_type::json: touch_column<std::string_view>(block, i, sums); break;
            case data_type::varbinary:
            case data_type::geometry:
            case data_type::blob: touch_column<bytes_view>(block, i, sums); break;
            case data_type::decimal:
            case data_type::decimal64: touch_column<decimal>(block, i, sums); break;
            case data_type::null:
            case data_type::mediumblob: sums.nulls += block.row_count(); break;
        }
    }
}

}  // namespace tmq::bench
