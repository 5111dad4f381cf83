#include "tmq/block.hpp"
#include "tools/tmqbench/cell_type.hpp"
#include "tools/tmqbench/touch.hpp"

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace tmq::tools::tmqbench {
namespace {

template <class T>
constexpr bool is_text = std::is_same_v<T, std::string_view> || std::is_same_v<T, bytes_view>;

/// The type that reads a cell of a column without nulls. Texts are std::optional in any case.
template <class T>
using row_cell = std::conditional_t<is_text<T>, std::optional<T>, T>;

template <class T>
bool must_be_optional(const block_view& block, std::size_t column) {
    return !is_text<T> && block.column<T>(column).has_nulls();
}

/// Sums over one column, row by row.
class column_totals {
  public:
    template <class T>
    void add(const T& value) noexcept {
        if constexpr (is_text<T>)
            text_bytes_ += value.size();
        else if constexpr (std::is_floating_point_v<T>)
            floats_ += static_cast<double>(value);
        else if constexpr (std::is_same_v<T, timestamp>)
            integers_ += to_ms(value);
        else if constexpr (std::is_integral_v<T>)
            integers_ += static_cast<std::uint64_t>(value);
    }
    template <class T>
    void add(const std::optional<T>& value) noexcept {
        if (value)
            add(*value);
        else
            ++nulls_;
    }
    void add_to(totals& sums, std::uint64_t rows, data_type type) const noexcept {
        sums.nulls += nulls_;
        sums.bytes += (rows - nulls_) * width_of(type) + text_bytes_;
        sums.integers += integers_;
        sums.floats += floats_;
        sums.typed_cells += rows;
    }

  private:
    std::uint64_t nulls_ = 0;
    std::uint64_t text_bytes_ = 0;
    std::uint64_t integers_ = 0;
    double floats_ = 0;
};

/// Reads the rows as tuples of the columns from `first` on, one column for each type.
template <class... T>
void touch_tuples(const block_view& block, std::size_t first, totals& sums) {
    [&]<std::size_t... Index>(std::index_sequence<Index...>) {
        std::array<column_totals, sizeof...(T)> columns;
        for (const auto& values : block.rows<T...>((first + Index)...))
            (columns[Index].add(std::get<Index>(values)), ...);
        (columns[Index].add_to(sums, block.row_count(), block.column_type(first + Index)), ...);
    }(std::index_sequence_for<T...>());
}

/// Reads one column or two, and returns their number. The compiler must know the types of a tuple, and three
/// columns would have thousands of combinations.
std::size_t touch_next_columns(const block_view& block, std::size_t first, totals& sums) {
    std::size_t count = 1;
    const auto touch = [&]<class T>(std::type_identity<T>) {
        if (must_be_optional<T>(block, first)) return touch_tuples<std::optional<T>>(block, first, sums);
        const auto touch_both = [&]<class Next>(std::type_identity<Next>) {
            if (must_be_optional<Next>(block, first + 1)) return;
            touch_tuples<row_cell<T>, row_cell<Next>>(block, first, sums);
            count = 2;
        };
        if (first + 1 < block.column_count()) with_cell_type(block.column_type(first + 1), touch_both);
        if (count == 1) touch_tuples<row_cell<T>>(block, first, sums);
    };
    // A column of another type has only nulls.
    if (!with_cell_type(block.column_type(first), touch)) sums.nulls += block.row_count();
    return count;
}

}  // namespace

void touch_typed_rows(const block_view& block, totals& sums) {
    if (touch_rows_of_load(block, sums)) return;
    for (std::size_t column = 0; column < block.column_count();)
        column += touch_next_columns(block, column, sums);
}

}  // namespace tmq::tools::tmqbench
