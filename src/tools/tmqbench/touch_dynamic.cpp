#include "tmq/row.hpp"
#include "tools/tmqbench/cell_type.hpp"
#include "tools/tmqbench/touch.hpp"

#include <chrono>
#include <string_view>
#include <type_traits>
#include <variant>

namespace tmq::tools::tmqbench {
namespace {

template <class T>
constexpr bool is_text = std::is_same_v<T, std::string_view> || std::is_same_v<T, bytes_view>;

/// Returns totals of its own instead of changing the caller's, so that the sums stay in registers.
totals sum_rows(const block_view& block) {
    totals sums;
    for (const row_view row : block.dynamic_rows()) {
        for (std::size_t column = 0; column < row.size(); ++column) {
            std::visit(
                [&]<class T>(const T& value) {
                    if constexpr (std::is_same_v<T, std::monostate>) {
                        ++sums.nulls;
                        sums.bytes -= width_of(row.type(column));
                    } else if constexpr (is_text<T>) {
                        sums.bytes += value.size();
                    } else if constexpr (std::is_same_v<T, json_view>) {
                        sums.bytes += value.text().size();
                    } else if constexpr (std::is_floating_point_v<T>) {
                        sums.floats += static_cast<double>(value);
                    } else if constexpr (std::is_same_v<T, timestamp>) {
                        sums.integers += to_ms(value);
                    } else if constexpr (std::is_integral_v<T>) {
                        sums.integers += static_cast<std::uint64_t>(value);
                    }
                },
                row[column]);
        }
    }
    return sums;
}

}  // namespace

void touch_dynamic_rows(const block_view& block, totals& sums) {
    std::uint64_t fixed_bytes = 0;
    for (std::size_t column = 0; column < block.column_count(); ++column)
        fixed_bytes += width_of(block.column_type(column));
    sums += sum_rows(block);
    sums.bytes += block.row_count() * fixed_bytes;
}

}  // namespace tmq::tools::tmqbench
