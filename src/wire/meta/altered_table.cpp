#include "wire/meta/bodies.hpp"
#include "wire/meta/fields.hpp"
#include "wire/meta/value.hpp"
#include "wire/name.hpp"

#include <utility>

namespace tmq::wire {
namespace {

constexpr std::size_t least_tag_size = 1 + 2 + 1 + 1;  // id, name, null flag, type
constexpr std::size_t least_altered_size = 2 + 1;      // name, number of tags
// A flag, id, name, type, a flag, length of the value.
constexpr std::size_t least_tag_of_table_size = 1 + 1 + 2 + 1 + 1 + 1;

/// Reads the value of a tag. A NULL has no bytes.
meta_value read_binary_value(byte_reader& reader, data_type type, bool is_null) {
    meta_value value;
    value.type = type;
    if (is_null) return value;
    const auto bytes = read_binary(reader);
    if (reader.ok()) reader.refuse(read_value(type, bytes, reader.position() - bytes.size(), value));
    return value;
}

tag_change read_tag(byte_reader& reader) {
    tag_change tag;
    tag.name = read_column_name(reader);
    const bool is_null = read_flag(reader);
    const auto type = static_cast<data_type>(reader.fixed<std::uint8_t>());
    tag.value = read_binary_value(reader, type, is_null);
    return tag;
}

void read_tags(byte_reader& reader, alter_table& change) {
    const std::size_t count = read_zigzag_count(reader, least_tag_size, defect_code::meta_tag_count_invalid);
    change.tags.reserve(count);
    for (std::size_t i = 0; reader.ok() && i < count; ++i) {
        reader.zigzag<std::int32_t>();  // id of the tag
        change.tags.push_back(read_tag(reader));
    }
}

/// Returns false if either flag is set: one means NULL, the other a value computed from the old one, and it
/// is not known which is which.
bool read_tag_of_table(byte_reader& reader, tag_change& tag) {
    if (read_flag(reader)) return false;
    reader.zigzag<std::int32_t>();  // id of the tag
    tag.name = read_column_name(reader);
    const auto type = static_cast<data_type>(reader.fixed<std::uint8_t>());
    if (read_flag(reader)) return false;
    tag.value = read_binary_value(reader, type, false);
    return true;
}

/// Returns false if read_tag_of_table() does.
bool read_tags_of_tables(byte_reader& reader, alter_table& change) {
    const std::size_t tables =
        read_zigzag_count(reader, least_altered_size, defect_code::meta_table_count_invalid);
    change.tables.reserve(tables);
    while (reader.ok() && change.tables.size() < tables) {
        table_tag_changes& table = change.tables.emplace_back();
        table.table = read_table_name(reader);
        const std::size_t tags =
            read_zigzag_count(reader, least_tag_of_table_size, defect_code::meta_tag_count_invalid);
        table.tags.reserve(tags);
        while (reader.ok() && table.tags.size() < tags)
            if (!read_tag_of_table(reader, table.tags.emplace_back())) return false;
    }
    return true;
}

void read_typed_column(byte_reader& reader, column_definition& column, bool has_flags) {
    column.name = read_column_name(reader);
    column.type = static_cast<data_type>(reader.fixed<std::uint8_t>());
    if (has_flags) reader.fixed<std::uint8_t>();
    const std::uint64_t bytes_position = reader.position();
    const auto bytes = reader.zigzag<std::int32_t>();
    if (bytes < 0) reader.refuse(defect_code::schema_bytes_negative, bytes_position);
    set_declared_size(column, bytes);
}

column_source read_source(byte_reader& reader, const std::string& column) {
    column_source source;
    source.column = column;
    source.source_database = std::string(read_name(reader, max_database_name));
    source.source_table = read_table_name(reader);
    source.source_column = read_column_name(reader);
    return source;
}

void read_options(byte_reader& reader, alter_table& change) {
    if (read_flag(reader)) change.ttl_days = reader.zigzag<std::int32_t>();
    const std::uint64_t position = reader.position();
    const auto length = reader.zigzag<std::int32_t>();
    change.comment = read_comment_text(reader, length, position);
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

/// Returns false if the alteration is unknown.
bool read_column_alteration(byte_reader& reader, alter_table& change) {
    column_definition& column = change.column;
    switch (change.type) {
        case alter_type::add_column: read_typed_column(reader, column, true); return true;
        case alter_type::add_compressed_column:
            read_typed_column(reader, column, true);
            set_compression(column, reader.fixed<std::uint32_t>(), false);
            return true;
        case alter_type::add_sourced_column:
            read_typed_column(reader, column, true);
            change.source = read_source(reader, column.name);
            return true;
        case alter_type::drop_column:
        case alter_type::remove_column_source: column.name = read_column_name(reader); return true;
        case alter_type::modify_column_length: read_typed_column(reader, column, false); return true;
        case alter_type::rename_column:
            column.name = read_column_name(reader);
            change.new_name = read_column_name(reader);
            return true;
        case alter_type::compression:
            column.name = read_column_name(reader);
            set_compression(column, reader.fixed<std::uint32_t>(), false);
            return true;
        case alter_type::set_column_source:
            column.name = read_column_name(reader);
            change.source = read_source(reader, column.name);
            return true;
        default: return false;
    }
}

/// Returns false if the alteration is unknown, or its form on the wire is.
bool read_alteration(byte_reader& reader, alter_table& change) {
    switch (change.type) {
        case alter_type::set_tag: change.tags.push_back(read_tag(reader)); return true;
        case alter_type::set_tags: read_tags(reader, change); return true;
        case alter_type::set_tags_of_tables: return read_tags_of_tables(reader, change);
        case alter_type::set_tags_where: return false;
        case alter_type::options: read_options(reader, change); return true;
        case alter_type::add_tag:
        case alter_type::drop_tag:
        case alter_type::rename_tag:
        case alter_type::modify_tag_length:
        case alter_type::add_tag_index:
        case alter_type::drop_tag_index: return true;  // super tables only: no part follows
        default: return read_column_alteration(reader, change);
    }
}

}  // namespace

void read_altered_table(byte_reader& outer, std::vector<meta>& out) {
    body nested(outer);
    byte_reader& reader = nested.reader();
    alter_table change;

    // A change of many tables has a name of length 0, without NUL (docs/protocol.md, "Table changes").
    const std::uint64_t name_position = reader.position();
    const bool nameless = byte_reader(reader).fixed<std::uint8_t>() == 0;
    if (nameless)
        reader.fixed<std::uint8_t>();
    else
        change.table = read_table_name(reader);
    change.type = static_cast<alter_type>(reader.fixed<std::uint8_t>());
    if (nameless && change.type != alter_type::set_tags_of_tables)
        reader.refuse(defect_code::name_length_invalid, name_position);
    change.kind = kind_of(change.type);
    reader.fixed<std::int32_t>();  // id of the column
    const bool is_readable = read_alteration(reader, change);
    if (reader.ok() && !is_readable) {
        out.emplace_back(unknown_meta{});
        return;
    }

    if (reader.remaining() != 0) reader.fixed<std::int64_t>();  // time of the change
    if (reader.remaining() != 0) reader.fixed<std::uint8_t>();  // source of the request
    const bool may_have_digits =
        change.type == alter_type::add_column || change.type == alter_type::add_compressed_column;
    if (may_have_digits && reader.remaining() != 0)
        set_type_modifier(change.column, reader.fixed<std::int32_t>());
    out.emplace_back(std::move(change));
}

}  // namespace tmq::wire
