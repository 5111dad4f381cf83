#include "tmq/value.hpp"

#include "text/json.hpp"
#include "text/value_text.hpp"

#include <algorithm>
#include <type_traits>

namespace tmq {
namespace {

/// A cell of a column that a T can be read from, as the value's alternative Value.
template <class T, class Value = T>
value read(const detail::block_layout& block, const detail::column_layout& column, std::size_t row) {
    using cell = detail::cell<T>;
    const detail::column_cells cells = detail::cells_of(block, column, cell::variable);
    if (cell::variable ? cells.is_null_variable(row) : cells.is_null_fixed(row)) return {};
    return Value(cell::read(cells, row));
}

}  // namespace

value block_view::value(std::size_t row, std::size_t column) const {
    const detail::column_layout& layout = layout_of(column);
    switch (layout.type) {
        case data_type::boolean: return read<bool>(*block_, layout, row);
        case data_type::tinyint: return read<std::int8_t, std::int64_t>(*block_, layout, row);
        case data_type::smallint: return read<std::int16_t, std::int64_t>(*block_, layout, row);
        case data_type::integer: return read<std::int32_t, std::int64_t>(*block_, layout, row);
        case data_type::bigint: return read<std::int64_t>(*block_, layout, row);
        case data_type::unsigned_tinyint: return read<std::uint8_t, std::uint64_t>(*block_, layout, row);
        case data_type::unsigned_smallint: return read<std::uint16_t, std::uint64_t>(*block_, layout, row);
        case data_type::unsigned_integer: return read<std::uint32_t, std::uint64_t>(*block_, layout, row);
        case data_type::unsigned_bigint: return read<std::uint64_t>(*block_, layout, row);
        case data_type::real: return read<float>(*block_, layout, row);
        case data_type::double_precision: return read<double>(*block_, layout, row);
        case data_type::timestamp: return read<timestamp>(*block_, layout, row);
        case data_type::varchar:
        case data_type::nchar: return read<std::string_view>(*block_, layout, row);
        case data_type::json: return read<std::string_view, json_view>(*block_, layout, row);
        case data_type::varbinary:
        case data_type::geometry:
        case data_type::blob: return read<bytes_view>(*block_, layout, row);
        case data_type::decimal:
        case data_type::decimal64: return read<decimal>(*block_, layout, row);
        case data_type::null:
        case data_type::mediumblob: break;
    }
    return {};
}

value row::operator[](std::string_view column) const {
    return block_.value(index_, detail::find_column(detail::block_access::columns(block_), column));
}

bool operator==(const value& a, const value& b) noexcept {
    if (a.index() != b.index()) return false;
    return std::visit(
        [&b]<class T>(const T& left) {
            const T& right = *std::get_if<T>(&b);
            if constexpr (std::is_same_v<T, bytes_view>)
                return std::ranges::equal(left, right);
            else
                return left == right;
        },
        a);
}

std::string to_string(const value& of) {
    fmt::memory_buffer out;
    text::append_plain(out, of);
    return fmt::to_string(out);
}

std::string to_json(const value& of) {
    fmt::memory_buffer out;
    text::append_json(out, of);
    return fmt::to_string(out);
}

std::string to_json(const row& of) {
    fmt::memory_buffer out;
    char before = '{';
    for (const row::field field : of) {
        out.push_back(before);
        before = ',';
        text::append_json_string(out, field.name);
        out.push_back(':');
        text::append_json(out, field.value);
    }
    if (before == '{') out.push_back('{');
    out.push_back('}');
    return fmt::to_string(out);
}

}  // namespace tmq
