#include "tmqbench/touch.hpp"

#include <array>
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
void sum_integers(const column_view<T>& column, std::size_t nulls, totals& sums) noexcept {
    std::uint64_t sum = 0;
    if (nulls == 0)
        for (const T value : column) sum += as_integer(value);
    else
        for (std::size_t row = 0; row < column.size(); ++row)
            if (!column.is_null(row)) sum += as_integer(column[row]);
    sums.integers += sum;
}

/// In several sums side by side: an addition takes longer than the next one needs to wait for it.
template <class T>
void sum_floats(const column_view<T>& column, std::size_t nulls, totals& sums) noexcept {
    std::array<double, 8> lanes{};
    std::size_t row = 0;
    if (nulls == 0) {
        for (; row + lanes.size() <= column.size(); row += lanes.size())
            for (std::size_t lane = 0; lane < lanes.size(); ++lane) lanes[lane] += static_cast<double>(column[row + lane]);
    }
    for (; row < column.size(); ++row)
        if (!column.is_null(row)) lanes[0] += static_cast<double>(column[row]);
    for (const double lane : lanes) sums.floats += lane;
}

template <class T>
void touch_column(const block_view& block, std::size_t index, totals& sums) {
    const auto column = block.column<T>(index);
    const std::size_t nulls = column.null_count();
    sums.nulls += nulls;
    if constexpr (std::is_same_v<T, std::string_view> || std::is_same_v<T, bytes_view>) {
        for (const T value : column) sums.bytes += value.size();
        return;
    } else {
        std::size_t width = detail::wire_width<T>;
        if constexpr (std::is_same_v<T, decimal>) width = block.column_type(index) == data_type::decimal ? 16 : 8;
        sums.bytes += (column.size() - nulls) * width;
        if constexpr (std::is_floating_point_v<T>)
            sum_floats(column, nulls, sums);
        else if constexpr (!std::is_same_v<T, decimal>)
            sum_integers(column, nulls, sums);
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
