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

/// The server names the tags that are not NULL, in their order.
void read_tag_names(reader& in, std::vector<tag_setting>& tags) {
    const std::uint64_t at = in.position();
    const std::size_t count = read_i32_count(in, least_name_size, errc::meta_tag_names_mismatch);
    if (!in.ok()) return;
    const bool is_null_json =
        tags.size() == 1 && tags[0].value.type == data_type::json && tags[0].value.is_null();
    if (count == 0 && is_null_json) tags.clear();
    if (count != tags.size()) in.refuse(errc::meta_tag_names_mismatch, at);
    for (std::size_t i = 0; in.ok() && i < count; ++i)
        tags[i].name = read_column_name(in);
}

void read_child(reader& in, created_table& table) {
    table.super_table = read_table_name(in);
    in.fixed<std::uint8_t>();  // number of tags, NULL ones included
    in.fixed<std::int64_t>();  // id of the super table
    const auto set = read_binary(in);
    if (in.ok()) in.refuse(read_tag_set(set, in.position() - set.size(), table.tag_values));
    read_tag_names(in, table.tag_values);
}

}  // namespace

created_table read_created_table(reader& outer) {
    body nested(outer);
    reader& in = nested.in();
    created_table table;
    std::vector<std::int16_t> ids;
    in.zigzag<std::int32_t>();  // flags
    table.name = read_table_name(in);
    in.fixed<std::int64_t>();  // id
    in.fixed<std::int64_t>();  // when it was created
    table.ttl_days = in.fixed<std::int32_t>();
    const std::uint64_t kind_at = in.position();
    const auto kind = static_cast<wire_kind>(in.fixed<std::uint8_t>());
    table.comment = read_comment(in);
    switch (kind) {
        case wire_kind::virtual_child: table.is_virtual = true; [[fallthrough]];
        case wire_kind::child:
            table.kind = table_kind::child;
            read_child(in, table);
            break;
        case wire_kind::virtual_normal: table.is_virtual = true; [[fallthrough]];
        case wire_kind::normal:
            table.kind = table_kind::normal;
            table.columns = read_columns(in, ids);
            break;
        default: in.refuse(errc::meta_table_kind_unknown, kind_at);
    }

    // Every part from here on was added by some version. What virtual tables have next differs between them.
    if (in.remaining() != 0) read_sized_binary(in, errc::meta_sql_length_mismatch);
    if (table.kind == table_kind::normal && !table.is_virtual) {
        if (in.remaining() != 0) read_compression(in, table.columns, ids);
        if (in.remaining() != 0)
            set_type_modifiers(table.columns, read_type_modifiers(in, table.columns.size()));
    }
    return table;
}

void read_created_tables(reader& outer, std::vector<meta>& out) {
    body nested(outer);
    reader& in = nested.in();
    create_table change;
    const std::size_t count = read_zigzag_count(in, least_created_size, errc::meta_table_count_invalid);
    change.tables.reserve(count);
    for (std::size_t i = 0; in.ok() && i < count; ++i)
        change.tables.push_back(read_created_table(in));
    out.emplace_back(std::move(change));
}

}  // namespace tmq::wire
