#include "tmq/value.hpp"
#include "tmqbench/touch.hpp"

#include <chrono>
#include <optional>
#include <string_view>
#include <type_traits>
#include <variant>

namespace tmq::bench {
namespace {

std::uint64_t in_ms(const timestamp& value) noexcept { return static_cast<std::uint64_t>(value.time_ms().time_since_epoch().count()); }

/// Bytes of a value of a column, which only the column's type knows: all signed integers are read as one.
constexpr std::uint64_t width_of(data_type type) noexcept {
    switch (type) {
        case data_type::boolean:
        case data_type::tinyint:
        case data_type::unsigned_tinyint: return 1;
        case data_type::smallint:
        case data_type::unsigned_smallint: return 2;
        case data_type::integer:
        case data_type::unsigned_integer:
        case data_type::real: return 4;
        case data_type::decimal: return 16;
        default: return 8;
    }
}

}  // namespace

void touch_typed_rows(const block_view& block, totals& sums) {
    constexpr std::uint64_t fixed_bytes = 8 + 4 + 4 + 4 + 4 + 8;
    std::uint64_t integers = 0;
    std::uint64_t text_bytes = 0;
    std::uint64_t nulls = 0;
    double floats = 0;
    for (const auto& [ts, current, voltage, phase, groupid, location, sequence] :
         block.rows<timestamp, float, std::int32_t, float, std::int32_t, std::optional<std::string_view>, std::int64_t>()) {
        integers += in_ms(ts) + static_cast<std::uint64_t>(std::int64_t{voltage} + groupid + sequence);
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
}

void touch_dynamic_rows(const block_view& block, totals& sums) {
    for (const row row : block.dynamic_rows()) {
        for (std::size_t column = 0; column < row.size(); ++column) {
            std::visit(
                [&]<class T>(const T& value) {
                    if constexpr (std::is_same_v<T, std::monostate>) {
                        ++sums.nulls;
                    } else if constexpr (std::is_same_v<T, std::string_view> || std::is_same_v<T, bytes_view>) {
                        sums.bytes += value.size();
                    } else if constexpr (std::is_same_v<T, json_view>) {
                        sums.bytes += value.text().size();
                    } else {
                        sums.bytes += width_of(row.type(column));
                        if constexpr (std::is_floating_point_v<T>)
                            sums.floats += static_cast<double>(value);
                        else if constexpr (std::is_same_v<T, timestamp>)
                            sums.integers += in_ms(value);
                        else if constexpr (std::is_integral_v<T>)
                            sums.integers += static_cast<std::uint64_t>(value);
                    }
                },
                row[column]);
        }
    }
}

}  // namespace tmq::bench
