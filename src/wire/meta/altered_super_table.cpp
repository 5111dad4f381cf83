#include "wire/meta/bodies.hpp"
#include "wire/meta/fields.hpp"
#include "wire/meta/super_table.hpp"
#include "wire/name.hpp"

#include <algorithm>
#include <utility>

namespace tmq::wire {
namespace {

constexpr std::size_t least_field_size = 1 + 4 + 2;  // type, bytes, name

/// A field of the request. Its meaning depends on the alteration.
struct field {
    column_definition column;
    std::int32_t bytes = 0;
    std::uint64_t bytes_position = 0;
};

std::vector<field> read_fields(byte_reader& reader, alter_type type) {
    std::vector<field> fields;
    const std::size_t count = read_i32_count(reader, least_field_size, defect_code::meta_field_count_invalid);
    fields.reserve(count);
    for (std::size_t i = 0; reader.ok() && i < count; ++i) {
        field& next = fields.emplace_back();
        next.column.type = static_cast<data_type>(reader.fixed<std::uint8_t>());
        next.bytes_position = reader.position();
        next.bytes = reader.fixed<std::int32_t>();
        next.column.name = read_column_name(reader);
        if (type == alter_type::add_compressed_column)
            set_compression(next.column, reader.fixed<std::uint32_t>(), false);
    }
    return fields;
}

bool is_known(alter_type type) noexcept {
    switch (type) {
        case alter_type::add_tag:
        case alter_type::drop_tag:
        case alter_type::rename_tag:
        case alter_type::add_column:
        case alter_type::drop_column:
        case alter_type::modify_column_length:
        case alter_type::modify_tag_length:
        case alter_type::options:
        case alter_type::rename_column:
        case alter_type::add_tag_index:
        case alter_type::drop_tag_index:
        case alter_type::compression:
        case alter_type::add_compressed_column: return true;
        default: return false;
    }
}

std::size_t required_fields(alter_type type) noexcept {
    switch (type) {
        case alter_type::options:
        case alter_type::add_tag_index:
        case alter_type::drop_tag_index: return 0;
        case alter_type::rename_tag:
        case alter_type::rename_column: return 2;
        default: return 1;
    }
}

bool has_declared_size(alter_type type) noexcept {
    return type == alter_type::add_tag || type == alter_type::add_column ||
           type == alter_type::add_compressed_column || type == alter_type::modify_column_length ||
           type == alter_type::modify_tag_length;
}

/// Copies the digits of a new column from the altered table, because the request has none.
void copy_digits(column_definition& column, const created_table& table) {
    const auto found = std::find_if(table.columns.begin(), table.columns.end(),
                                    [&](const auto& candidate) { return candidate.name == column.name; });
    if (found == table.columns.end()) return;
    column.precision = found->precision;
    column.scale = found->scale;
}

void set_fields(byte_reader& reader, std::vector<field> fields, const created_table& table,
                alter_table& change) {
    if (fields.empty()) return;
    field& first = fields.front();
    column_definition& column = change.column;
    column = std::move(first.column);
    if (has_declared_size(change.type)) {
        if (first.bytes < 0) reader.refuse(defect_code::schema_bytes_negative, first.bytes_position);
        set_declared_size(column, first.bytes);
        copy_digits(column, table);
    } else {
        column.type = data_type::null;
    }
    if (change.type == alter_type::compression)
        set_compression(column, static_cast<std::uint32_t>(first.bytes), false);
    if (fields.size() > 1) change.new_name = std::move(fields[1].column.name);
}

/// Reads the request inside a message 533, as the first node of the cluster got it (docs/protocol.md, "Table
/// changes"), and appends its change.
void read_request(byte_reader& outer, const super_table& super, std::vector<meta>& out) {
    body nested(outer);
    byte_reader& reader = nested.reader();
    alter_table change;
    change.kind = table_kind::super;
    change.table = super.table.name;
    read_name(reader, max_full_table_name);
    change.type = static_cast<alter_type>(reader.fixed<std::uint8_t>());
    if (!reader.ok()) return;
    if (!is_known(change.type)) {
        out.emplace_back(unknown_meta{});
        return;
    }

    const std::uint64_t count_position = reader.position();
    std::vector<field> fields = read_fields(reader, change.type);
    const std::size_t required = required_fields(change.type);
    if (required != 0 && fields.size() != required)
        reader.refuse(defect_code::meta_field_count_invalid, count_position);
    if (!reader.ok()) return;
    if (required != 0) set_fields(reader, std::move(fields), super.table, change);
    reader.fixed<std::int32_t>();  // days to live: super tables have none
    // The length of a missing comment is 0, like that of an emptied one, so an empty comment is left out.
    std::optional<std::string> comment = read_comment(reader);
    if (change.type == alter_type::options && comment && !comment->empty())
        change.comment = std::move(comment);
    // The rest, the SQL text included, differs by version and stays unread.
    out.emplace_back(std::move(change));
}

}  // namespace

void read_altered_super_table(byte_reader& outer, std::vector<meta>& out) {
    const super_table super = read_super_table(outer);
    if (!outer.ok()) return;
    if (super.alteration.empty())
        return outer.refuse(defect_code::meta_alteration_missing, super.alteration_length_position);
    byte_reader reader(super.alteration, super.alteration_position);
    read_request(reader, super, out);
    if (reader.ok() && reader.remaining() != 0) reader.refuse(defect_code::meta_excess, reader.position());
    outer.refuse(reader.error());
}

}  // namespace tmq::wire
