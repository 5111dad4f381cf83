#include "wire/schema.hpp"

#include "wire/column_type.hpp"
#include "wire/name.hpp"

#include <cstdint>

namespace tmq::wire {
namespace {

void read_column(reader& in, detail::column_layout& column) noexcept {
    const std::uint64_t type_at = in.position();
    const auto type = in.fixed<std::uint8_t>();
    in.fixed<std::uint8_t>();  // flags
    const std::uint64_t bytes_at = in.position();
    const auto bytes = in.zigzag<std::int32_t>();
    in.zigzag<std::int16_t>();  // column id
    if (type != static_cast<std::uint8_t>(column.type)) in.refuse(errc::schema_type_mismatch, type_at);
    if (bytes < 0) in.refuse(errc::schema_bytes_negative, bytes_at);
    if (column_type_of(type).form != column_form::fixed) column.declared_bytes = bytes;
    column.name = read_name(in, max_column_name);
}

}  // namespace

void read_schema(reader& in, std::span<detail::column_layout> columns) noexcept {
    const std::uint64_t at = in.position();
    const auto count = in.zigzag<std::int32_t>();
    in.zigzag<std::int32_t>();  // version of the schema
    if (static_cast<std::uint32_t>(count) != columns.size()) in.refuse(errc::schema_columns_mismatch, at);
    for (auto column = columns.begin(); in.ok() && column != columns.end(); ++column) read_column(in, *column);
}

}  // namespace tmq::wire
