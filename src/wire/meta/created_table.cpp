#include "wire/meta/bodies.hpp"
#include "wire/meta/fields.hpp"
#include "wire/meta/value.hpp"

#include <utility>

namespace tmq::wire {
namespace {

enum class wire_kind : std::uint8_t { child = 2, normal = 3, virtual_normal = 8, virtual_child = 9 };

constexpr std::size_t least_name_size = 2;  // its length, its NUL
// Length, flags, name, id, time, days to live, kind, length of the comment, a schema of two numbers.
constexpr std::size_t least_created_size = 4 + 1 + least_name_size + 8 + 8 + 4 + 1 + 4 + 2;

/// Reads the names of the tags that are not NULL, in the order of `tags`. A JSON tag that is NULL is the only
/// one of its set and has no name.
void read_tag_names(byte_reader& reader, std::vector<tag_setting>& tags) {
    const std::uint64_t position = reader.position();
    const std::size_t count = read_i32_count(reader, least_name_size, defect_code::meta_tag_names_mismatch);
    if (!reader.ok()) return;
    const bool is_null_json =
        tags.size() == 1 && tags[0].value.type == data_type::json && tags[0].value.is_null();
    if (count == 0 && is_null_json) tags.clear();
    if (count != tags.size()) reader.refuse(defect_code::meta_tag_names_mismatch, position);
    for (std::size_t i = 0; reader.ok() && i < count; ++i)
        tags[i].name = read_column_name(reader);
}

void read_child(byte_reader& reader, created_table& table) {
    table.super_table = read_table_name(reader);
    reader.fixed<std::uint8_t>();  // number of tags, NULL ones included
    reader.fixed<std::int64_t>();  // id of the super table
    const auto set = read_binary(reader);
    if (reader.ok()) reader.refuse(read_tag_set(set, reader.position() - set.size(), table.tag_values));
    read_tag_names(reader, table.tag_values);
}

/// Reads compression and digits of the columns, as far as the server's version has them.
void read_column_details(byte_reader& reader, std::span<column_definition> columns,
                         std::span<const std::int16_t> ids) {
    if (reader.remaining() != 0) read_compression(reader, columns, ids);
    if (reader.remaining() != 0) set_type_modifiers(columns, read_type_modifiers(reader, columns.size()));
}

}  // namespace

created_table read_created_table(byte_reader& outer) {
    body nested(outer);
    byte_reader& reader = nested.reader();
    created_table table;
    std::vector<std::int16_t> ids;
    reader.zigzag<std::int32_t>();  // flags
    table.name = read_table_name(reader);
    reader.fixed<std::int64_t>();  // id
    reader.fixed<std::int64_t>();  // time of the creation
    table.ttl_days = reader.fixed<std::int32_t>();
    const std::uint64_t kind_position = reader.position();
    const auto kind = static_cast<wire_kind>(reader.fixed<std::uint8_t>());
    table.comment = read_comment(reader);
    switch (kind) {
        case wire_kind::virtual_child: table.is_virtual = true; [[fallthrough]];
        case wire_kind::child:
            table.kind = table_kind::child;
            read_child(reader, table);
            break;
        case wire_kind::virtual_normal: table.is_virtual = true; [[fallthrough]];
        case wire_kind::normal:
            table.kind = table_kind::normal;
            table.columns = read_columns(reader, ids);
            break;
        default: reader.refuse(defect_code::meta_table_kind_unknown, kind_position);
    }

    // Every part from here on was added by some version, and virtual tables differ in the next one.
    if (reader.remaining() != 0) read_sized_binary(reader, defect_code::meta_sql_length_mismatch);
    if (table.kind == table_kind::normal && !table.is_virtual)
        read_column_details(reader, table.columns, ids);
    return table;
}

void read_created_tables(byte_reader& outer, std::vector<meta>& out) {
    body nested(outer);
    byte_reader& reader = nested.reader();
    create_table change;
    const std::size_t count =
        read_zigzag_count(reader, least_created_size, defect_code::meta_table_count_invalid);
    change.tables.reserve(count);
    for (std::size_t i = 0; reader.ok() && i < count; ++i)
        change.tables.push_back(read_created_table(reader));
    out.emplace_back(std::move(change));
}

}  // namespace tmq::wire
