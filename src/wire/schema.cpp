#include "wire/schema.hpp"

#include "wire/column_type.hpp"
#include "wire/name.hpp"

#include <algorithm>
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

/// Whether the bytes of the schema mean the same for these columns: all that they are compared with is the
/// types.
bool is_about(const detail::known_schema& known, std::span<const detail::column_layout> columns) noexcept {
    return !known.fields.empty() && std::ranges::equal(known.fields, columns, {}, &detail::known_field::type,
                                                       &detail::column_layout::type);
}

const char* text_at(const std::uint8_t* bytes) noexcept { return reinterpret_cast<const char*>(bytes); }

void remember(std::span<const std::uint8_t> schema, std::span<const detail::column_layout> columns,
              detail::known_schema& known) {
    known.fields.clear();
    known.bytes.assign(schema.begin(), schema.end());
    known.fields.reserve(columns.size());  // all of them or none
    for (const detail::column_layout& column : columns) {
        const auto name_at = static_cast<std::size_t>(column.name.data() - text_at(schema.data()));
        known.fields.push_back({column.type, column.declared_bytes, name_at, column.name.size()});
    }
}

}  // namespace

void read_schema(reader& in, std::span<detail::column_layout> columns) noexcept {
    const std::uint64_t at = in.position();
    const auto count = in.zigzag<std::int32_t>();
    in.zigzag<std::int32_t>();  // version of the schema
    if (static_cast<std::uint32_t>(count) != columns.size()) in.refuse(errc::schema_columns_mismatch, at);
    for (auto column = columns.begin(); in.ok() && column != columns.end(); ++column)
        read_column(in, *column);
}

void read_schema(reader& in, std::span<detail::column_layout> columns, detail::known_schema& known) {
    const std::span rest = in.rest();
    if (is_about(known, columns) && in.skip(known.bytes)) {
        for (std::size_t i = 0; i < columns.size(); ++i) {
            const detail::known_field& field = known.fields[i];
            columns[i].declared_bytes = field.declared_bytes;
            columns[i].name = {text_at(rest.data()) + field.name_at, field.name_size};
        }
        return;
    }
    read_schema(in, columns);
    if (in.ok()) remember(rest.first(rest.size() - in.remaining()), columns, known);
}

}  // namespace tmq::wire
