#include "wire/meta/bodies.hpp"
#include "wire/meta/fields.hpp"
#include "wire/meta/super_table.hpp"
#include "wire/name.hpp"

#include <algorithm>
#include <utility>

namespace tmq::wire {
namespace {

constexpr std::size_t least_field_size = 1 + 4 + 2;  // type, bytes, name

/// A field of the request: what it means depends on the alteration.
struct field {
    column_definition column;
    std::int32_t bytes = 0;
    std::uint64_t bytes_at = 0;
};

std::vector<field> read_fields(reader& in, alter_type type) {
    std::vector<field> fields;
    const std::size_t count = read_i32_count(in, least_field_size, errc::meta_field_count_invalid);
    fields.reserve(count);
    for (std::size_t i = 0; in.ok() && i < count; ++i) {
        field& next = fields.emplace_back();
        next.column.type = static_cast<data_type>(in.fixed<std::uint8_t>());
        next.bytes_at = in.position();
        next.bytes = in.fixed<std::int32_t>();
        next.column.name = read_column_name(in);
        if (type == alter_type::add_compressed_column)
            set_compression(next.column, in.fixed<std::uint32_t>(), false);
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

std::size_t fields_of(alter_type type) noexcept {
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

/// The request does not say how many digits a new column has, but the table as it is afterwards does.
void take_digits(column_definition& column, const created_table& table) {
    const auto found = std::find_if(table.columns.begin(), table.columns.end(),
                                    [&](const auto& other) { return other.name == column.name; });
    if (found == table.columns.end()) return;
    column.precision = found->precision;
    column.scale = found->scale;
}

void set_fields(reader& in, std::vector<field> fields, const created_table& table, alter_table& change) {
    if (fields.empty()) return;
    field& first = fields.front();
    column_definition& column = change.column = std::move(first.column);
    if (has_declared_size(change.type)) {
        if (first.bytes < 0) in.refuse(errc::schema_bytes_negative, first.bytes_at);
        set_declared_size(column, first.bytes);
        take_digits(column, table);
    } else {
        column.type = data_type::null;
    }
    if (change.type == alter_type::compression)
        set_compression(column, static_cast<std::uint32_t>(first.bytes), false);
    if (fields.size() > 1) change.new_name = std::move(fields[1].column.name);
}

/// The request that the first node of the cluster got.
void read_request(reader& outer, const super_table& super, std::vector<meta>& out) {
    body nested(outer);
    reader& in = nested.in();
    alter_table change;
    change.kind = table_kind::super;
    change.table = super.table.name;
    read_name(in, max_full_table_name);
    change.type = static_cast<alter_type>(in.fixed<std::uint8_t>());
    if (!in.ok()) return;
    if (!is_known(change.type)) return void(out.emplace_back(unknown_meta{}));

    const std::uint64_t count_at = in.position();
    std::vector<field> fields = read_fields(in, change.type);
    const std::size_t needed = fields_of(change.type);
    if (needed != 0 && fields.size() != needed) in.refuse(errc::meta_field_count_invalid, count_at);
    if (!in.ok()) return;
    if (needed != 0) set_fields(in, std::move(fields), super.table, change);
    in.fixed<std::int32_t>();  // days to live, which super tables do not have
    // Without a comment the length is 0, as with one that was emptied.
    std::optional<std::string> comment = read_comment(in);
    if (change.type == alter_type::options && comment && !comment->empty())
        change.comment = std::move(comment);
    // What follows, the SQL text too, lies differently from version to version.
    out.emplace_back(std::move(change));
}

}  // namespace

void read_altered_super_table(reader& outer, std::vector<meta>& out) {
    const super_table super = read_super_table(outer);
    if (!outer.ok()) return;
    if (super.alteration.empty())
        return outer.refuse(errc::meta_alteration_missing, super.alteration_length_at);
    reader in(super.alteration, super.alteration_at);
    read_request(in, super, out);
    if (in.ok() && in.remaining() != 0) in.refuse(errc::meta_excess, in.position());
    outer.refuse(in.error());
}

}  // namespace tmq::wire
