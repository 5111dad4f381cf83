#include "wire/schema.hpp"

#include "wire/column_type.hpp"
#include "wire/name.hpp"

#include <algorithm>
#include <cstdint>

namespace tmq::wire {
namespace {

void read_column(byte_reader& reader, detail::column_layout& column) noexcept {
    const std::uint64_t type_position = reader.position();
    const auto type = reader.fixed<std::uint8_t>();
    reader.fixed<std::uint8_t>();  // flags
    const std::uint64_t bytes_position = reader.position();
    const auto bytes = reader.zigzag<std::int32_t>();
    reader.zigzag<std::int16_t>();  // column id
    if (type != static_cast<std::uint8_t>(column.type))
        reader.refuse(defect_code::schema_type_mismatch, type_position);
    if (bytes < 0) reader.refuse(defect_code::schema_bytes_negative, bytes_position);
    if (column_type_of(type).form != column_form::fixed) column.declared_bytes = bytes;
    column.name = read_name(reader, max_column_name);
}

/// Returns true if the known schema has the types of these columns. Its bytes then mean the same for them,
/// because read_column() compares a column with nothing else.
bool matches_types(const detail::known_schema& known,
                   std::span<const detail::column_layout> columns) noexcept {
    return !known.fields.empty() && std::ranges::equal(known.fields, columns, {}, &detail::known_field::type,
                                                       &detail::column_layout::type);
}

const char* as_text(const std::uint8_t* bytes) noexcept { return reinterpret_cast<const char*>(bytes); }

void store(std::span<const std::uint8_t> schema, std::span<const detail::column_layout> columns,
           detail::known_schema& known) {
    known.fields.clear();
    known.bytes.assign(schema.begin(), schema.end());
    // If memory runs out, no fields are known rather than some of them.
    known.fields.reserve(columns.size());
    for (const detail::column_layout& column : columns) {
        const auto name_offset = static_cast<std::size_t>(column.name.data() - as_text(schema.data()));
        known.fields.push_back({column.type, column.declared_bytes, name_offset, column.name.size()});
    }
}

}  // namespace

void read_schema(byte_reader& reader, std::span<detail::column_layout> columns) noexcept {
    const std::uint64_t position = reader.position();
    const auto count = reader.zigzag<std::int32_t>();
    reader.zigzag<std::int32_t>();  // version of the schema
    if (static_cast<std::uint32_t>(count) != columns.size())
        reader.refuse(defect_code::schema_columns_mismatch, position);
    for (auto column = columns.begin(); reader.ok() && column != columns.end(); ++column)
        read_column(reader, *column);
}

void read_schema(byte_reader& reader, std::span<detail::column_layout> columns, detail::known_schema& known) {
    const std::span unread = reader.rest();
    if (matches_types(known, columns) && reader.skip(known.bytes)) {
        for (std::size_t i = 0; i < columns.size(); ++i) {
            const detail::known_field& field = known.fields[i];
            columns[i].declared_bytes = field.declared_bytes;
            columns[i].name = {as_text(unread.data()) + field.name_offset, field.name_size};
        }
        return;
    }
    read_schema(reader, columns);
    if (reader.ok()) store(unread.first(unread.size() - reader.remaining()), columns, known);
}

}  // namespace tmq::wire
