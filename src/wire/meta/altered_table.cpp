#include "wire/meta/bodies.hpp"
#include "wire/meta/fields.hpp"
#include "wire/meta/value.hpp"
#include "wire/name.hpp"

#include <utility>

namespace tmq::wire {
namespace {

constexpr std::size_t least_tag_size = 1 + 2 + 1 + 1;  // id, name, null flag, type
constexpr std::size_t least_altered_size = 2 + 1;      // name, number of tags
constexpr std::size_t least_tag_of_table_size =
    1 + 1 + 2 + 1 + 1 + 1;  // a flag, id, name, type, a flag, length of the value

/// Whether the value follows is said before.
meta_value read_binary_value(reader& in, data_type type, bool is_null) {
    meta_value value;
    value.type = type;
    if (is_null) return value;
    const auto bytes = read_binary(in);
    if (in.ok()) in.refuse(read_value(type, bytes, in.position() - bytes.size(), value));
    return value;
}

tag_change read_tag(reader& in) {
    tag_change tag;
    tag.name = read_column_name(in);
    const bool is_null = read_flag(in);
    const auto type = static_cast<data_type>(in.fixed<std::uint8_t>());
    tag.value = read_binary_value(in, type, is_null);
    return tag;
}

void read_tags(reader& in, alter_table& change) {
    const std::size_t count = read_zigzag_count(in, least_tag_size, errc::meta_tag_count_invalid);
    change.tags.reserve(count);
    for (std::size_t i = 0; in.ok() && i < count; ++i) {
        in.zigzag<std::int32_t>();  // id of the tag
        change.tags.push_back(read_tag(in));
    }
}

/// False when a tag is NULL, or made from its old value: which of the two flags says what is not known.
bool read_tags_of_tables(reader& in, alter_table& change) {
    const std::size_t tables = read_zigzag_count(in, least_altered_size, errc::meta_table_count_invalid);
    change.tables.reserve(tables);
    for (std::size_t t = 0; in.ok() && t < tables; ++t) {
        table_tag_changes& table = change.tables.emplace_back();
        table.table = read_table_name(in);
        const std::size_t tags = read_zigzag_count(in, least_tag_of_table_size, errc::meta_tag_count_invalid);
        table.tags.reserve(tags);
        for (std::size_t i = 0; in.ok() && i < tags; ++i) {
            if (read_flag(in)) return false;
            tag_change& tag = table.tags.emplace_back();
            in.zigzag<std::int32_t>();  // id of the tag
            tag.name = read_column_name(in);
            const auto type = static_cast<data_type>(in.fixed<std::uint8_t>());
            if (read_flag(in)) return false;
            tag.value = read_binary_value(in, type, false);
        }
    }
    return true;
}

void read_typed_column(reader& in, column_definition& column, bool with_flags) {
    column.name = read_column_name(in);
    column.type = static_cast<data_type>(in.fixed<std::uint8_t>());
    if (with_flags) in.fixed<std::uint8_t>();
    const std::uint64_t bytes_at = in.position();
    const auto bytes = in.zigzag<std::int32_t>();
    if (bytes < 0) in.refuse(errc::schema_bytes_negative, bytes_at);
    set_declared_size(column, bytes);
}

column_source read_source(reader& in, const std::string& column) {
    column_source source;
    source.column = column;
    source.source_database = std::string(read_name(in, max_database_name));
    source.source_table = read_table_name(in);
    source.source_column = read_column_name(in);
    return source;
}

void read_options(reader& in, alter_table& change) {
    if (read_flag(in)) change.ttl_days = in.zigzag<std::int32_t>();
    const std::uint64_t at = in.position();
    const auto length = in.zigzag<std::int32_t>();
    change.comment = read_comment_text(in, length, at);
}

table_kind kind_of(alter_type type) noexcept {
    switch (type) {
        case alter_type::set_tag:
        case alter_type::set_tags:
        case alter_type::set_tags_of_tables: return table_kind::child;
        case alter_type::set_column_source:
        case alter_type::remove_column_source: return table_kind::unspecified;
        default: return table_kind::normal;
    }
}

/// False when the alteration, or how it lies in the bytes, is not known.
bool read_alteration(reader& in, alter_table& change) {
    column_definition& column = change.column;
    switch (change.type) {
        case alter_type::add_column: read_typed_column(in, column, true); return true;
        case alter_type::add_compressed_column:
            read_typed_column(in, column, true);
            set_compression(column, in.fixed<std::uint32_t>(), false);
            return true;
        case alter_type::add_sourced_column:
            read_typed_column(in, column, true);
            change.source = read_source(in, column.name);
            return true;
        case alter_type::drop_column:
        case alter_type::remove_column_source: column.name = read_column_name(in); return true;
        case alter_type::modify_column_length: read_typed_column(in, column, false); return true;
        case alter_type::rename_column:
            column.name = read_column_name(in);
            change.new_name = read_column_name(in);
            return true;
        case alter_type::set_tag: change.tags.push_back(read_tag(in)); return true;
        case alter_type::set_tags: read_tags(in, change); return true;
        case alter_type::options: read_options(in, change); return true;
        case alter_type::compression:
            column.name = read_column_name(in);
            set_compression(column, in.fixed<std::uint32_t>(), false);
            return true;
        case alter_type::set_column_source:
            column.name = read_column_name(in);
            change.source = read_source(in, column.name);
            return true;
        case alter_type::set_tags_of_tables: return read_tags_of_tables(in, change);
        case alter_type::add_tag:
        case alter_type::drop_tag:
        case alter_type::rename_tag:
        case alter_type::modify_tag_length:
        case alter_type::add_tag_index:
        case alter_type::drop_tag_index: return true;  // super tables only; nothing follows
        case alter_type::set_tags_where: return false;
    }
    return false;
}

}  // namespace

void read_altered_table(reader& outer, std::vector<meta>& out) {
    body nested(outer);
    reader& in = nested.in();
    alter_table change;

    // A change of many tables has a name without even its NUL.
    const std::uint64_t name_at = in.position();
    const bool nameless = reader(in).fixed<std::uint8_t>() == 0;
    if (nameless)
        in.fixed<std::uint8_t>();
    else
        change.table = read_table_name(in);
    change.type = static_cast<alter_type>(in.fixed<std::uint8_t>());
    if (nameless && change.type != alter_type::set_tags_of_tables)
        in.refuse(errc::name_length_invalid, name_at);
    change.kind = kind_of(change.type);
    in.fixed<std::int32_t>();  // id of the column
    const bool known = read_alteration(in, change);
    if (in.ok() && !known) return void(out.emplace_back(unknown_meta{}));

    if (in.remaining() != 0) in.fixed<std::int64_t>();  // when
    if (in.remaining() != 0) in.fixed<std::uint8_t>();  // who asked for it
    if (change.type == alter_type::add_column || change.type == alter_type::add_compressed_column)
        if (in.remaining() != 0) set_type_modifier(change.column, in.fixed<std::int32_t>());
    out.emplace_back(std::move(change));
}

}  // namespace tmq::wire
