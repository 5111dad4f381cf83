#include "embedded_server/encode/meta_bytes.hpp"

#include "base/server_constants.hpp"
#include "embedded_server/encode/column_compression.hpp"
#include "embedded_server/encode/meta_value_bytes.hpp"
#include "embedded_server/encode/tag_set.hpp"
#include "embedded_server/encode/ucs4_text.hpp"

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace tmq::embedded::encode {

namespace {

constexpr std::size_t longest_column_name = 64;
constexpr std::size_t longest_database_name = 64;

constexpr std::uint16_t created_tables = 515;
constexpr std::uint16_t altered_table = 517;
constexpr std::uint16_t dropped_tables = 519;
constexpr std::uint16_t created_super_table = 531;
constexpr std::uint16_t altered_super_table = 533;
constexpr std::uint16_t dropped_super_table = 535;
constexpr std::uint16_t deletion = 579;
constexpr std::uint16_t last_type_of_data = 6;

[[noreturn]] void refuse(const std::string& why) { throw std::invalid_argument("metadata: " + why); }

void append_name(byte_vector& out, const std::string& name, std::size_t longest) {
    byte_vector ignored;
    if (name.empty() || name.size() > longest || name.find('\0') != std::string::npos ||
        !append_ucs4(ignored, name))
        refuse("'" + name + "' cannot be a name");
    append_string(out, name);
}

void append_table_name(byte_vector& out, const std::string& name) {
    append_name(out, name, base::max_name_size);
}
void append_column_name(byte_vector& out, const std::string& name) {
    append_name(out, name, longest_column_name);
}

/// Returns the id of a table with this name, which is never 0.
std::int64_t id_of(std::string_view name) noexcept {
    std::uint64_t hash = 14695981039346656037U;
    for (const char c : name)
        hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
    return static_cast<std::int64_t>(hash >> 1 | 1);
}

void append_type(byte_vector& out, data_type type) { append_byte(out, static_cast<std::uint8_t>(type)); }

/// Size of a unit of the declared length; 0 for types without a declared length.
std::int32_t bytes_per_unit(data_type type) noexcept {
    switch (type) {
        case data_type::varchar:
        case data_type::varbinary:
        case data_type::geometry:
        case data_type::blob: return 1;
        case data_type::nchar: return 4;
        default: return 0;
    }
}

/// Returns the digits of a DECIMAL, 0 for other types.
std::int32_t type_modifier(const column_definition& column) {
    if (!is_decimal(column.type)) {
        if (column.precision || column.scale) refuse("column '" + column.name + "': its type has no digits");
        return 0;
    }
    const std::int32_t precision = column.precision.value_or(0);
    const std::int32_t scale = column.scale.value_or(0);
    if (precision < 1 || precision > 38 || scale > precision)
        refuse("column '" + column.name + "': its digits are missing or out of range");
    return precision << 8 | scale;
}

/// Returns the bytes field of a schema.
std::int32_t declared_bytes(const column_definition& column) {
    type_modifier(column);  // Checks the digits.
    const std::int32_t unit = bytes_per_unit(column.type);
    const std::int32_t header = column.type == data_type::blob ? 4 : 2;
    constexpr std::int32_t longest = 65517;
    if (unit == 0) {
        if (column.length) refuse("column '" + column.name + "': its type has no length");
        if (column.type == data_type::json) return static_cast<std::int32_t>(max_tag_set);
        const std::size_t width = width_of(column.type);
        if (width == 0) refuse("column '" + column.name + "': no such type");
        return static_cast<std::int32_t>(width);
    }
    const std::int32_t length = column.length.value_or(column.type == data_type::blob ? 1 : 0);
    if (length < 1 || length > longest / unit)
        refuse("column '" + column.name + "': its length is missing or out of range");
    return length * unit + header;
}

bool has_digits(std::span<const column_definition> columns) noexcept {
    return std::any_of(columns.begin(), columns.end(),
                       [](const column_definition& column) { return is_decimal(column.type); });
}

void append_schema(byte_vector& out, std::span<const column_definition> columns, std::size_t first_id) {
    constexpr std::int64_t schema_version = 1;
    constexpr std::uint8_t primary_key_flag = 0x04;
    append_zigzag(out, static_cast<std::int64_t>(columns.size()));
    append_zigzag(out, schema_version);
    for (const column_definition& column : columns) {
        append_type(out, column.type);
        append_byte(out, static_cast<std::uint8_t>(1 | (column.primary_key ? primary_key_flag : 0)));
        append_zigzag(out, declared_bytes(column));
        append_zigzag(out, static_cast<std::int64_t>(first_id++));
        append_column_name(out, column.name);
    }
}

void append_compression(byte_vector& out, std::span<const column_definition> columns) {
    append_zigzag(out, static_cast<std::int64_t>(columns.size()));
    append_zigzag(out, 0);
    std::int64_t id = 0;
    for (const column_definition& column : columns) {
        append_zigzag(out, ++id);
        append_le(out, compression_number(column));
    }
}

void append_type_modifiers(byte_vector& out, std::span<const column_definition> columns) {
    append_byte(out, has_digits(columns) ? 1 : 0);
    if (!has_digits(columns)) return;
    for (const column_definition& column : columns)
        append_zigzag(out, type_modifier(column));
}

void append_comment(byte_vector& out, const std::optional<std::string>& comment) {
    append_le(out, comment ? static_cast<std::int32_t>(comment->size()) : -1);
    if (comment && !comment->empty()) append_name(out, *comment, std::numeric_limits<std::int32_t>::max());
}

/// `alteration`: request of the last alteration of the table; empty for a new table.
void append_super_table(byte_vector& out, const created_table& table, const byte_vector& alteration,
                        const server_version& version) {
    const auto columns = with_default_compression(table.columns, version);
    append_body(out, [&] {
        append_table_name(out, table.name);
        append_le(out, id_of(table.name));
        append_byte(out, 0);  // No rollup.
        append_schema(out, columns, 1);
        append_schema(out, table.tags, columns.size() + 1);
        append_le(out, static_cast<std::int32_t>(alteration.size()));
        if (!alteration.empty()) append_binary(out, alteration);
        append_byte(out, 0);  // Source of the request.
        append_byte(out, 1);  // The compression follows.
        append_compression(out, columns);
        if (!has_digits(columns) && !table.is_virtual) return;
        append_le(out, std::int64_t{-1});  // Time for which rows are kept.
        append_type_modifiers(out, columns);
        append_byte(out, table.is_virtual ? 1 : 0);
    });
}

void append_child(byte_vector& out, const created_table& table) {
    const byte_vector tags = encode_tags(table.tag_values);
    append_table_name(out, table.super_table);
    append_byte(out, static_cast<std::uint8_t>(table.tag_values.size()));
    append_le(out, id_of(table.super_table));
    append_binary(out, tags);
    append_le(out, static_cast<std::int32_t>(table.tag_values.size()));
    for (const tag_setting& tag : table.tag_values)
        append_column_name(out, tag.name);
}

void append_created_table(byte_vector& out, const created_table& table, const server_version& version) {
    constexpr std::uint8_t child = 2, normal = 3, virtual_normal = 8, virtual_child = 9;
    const bool is_child = table.kind == table_kind::child;
    const auto columns = with_default_compression(table.columns, version);
    append_body(out, [&] {
        append_zigzag(out, 1);  // The table may exist already.
        append_table_name(out, table.name);
        append_le(out, id_of(table.name));
        append_le(out, std::int64_t{0});  // Time of the change.
        append_le(out, table.ttl_days.value_or(0));
        append_byte(out, is_child ? (table.is_virtual ? virtual_child : child)
                                  : (table.is_virtual ? virtual_normal : normal));
        append_comment(out, table.comment);
        if (is_child)
            append_child(out, table);
        else
            append_schema(out, columns, 1);
        append_le(out, std::int32_t{0});  // No SQL text.
        if (is_child || table.is_virtual) return;
        append_compression(out, columns);
        if (has_digits(columns)) append_type_modifiers(out, columns);
    });
}

/// Refuses tables that a server cannot send in one message, which is one normal table or any number of
/// children.
void check_created(const create_table& change) {
    const auto is_child = [](const created_table& table) { return table.kind == table_kind::child; };
    if (change.tables.empty()) refuse("no table");
    const created_table& first = change.tables.front();
    if (first.kind == table_kind::normal && change.tables.size() == 1) return;
    if (!std::all_of(change.tables.begin(), change.tables.end(), is_child))
        refuse("only child tables are created together");
}

/// Appends a column of an alteration of a normal table.
void append_typed_column(byte_vector& out, const column_definition& column) {
    append_column_name(out, column.name);
    append_type(out, column.type);
    append_byte(out, 1);
    append_zigzag(out, declared_bytes(column));
}

void append_value(byte_vector& out, const meta_value& value) { append_binary(out, encode_meta_value(value)); }

void append_tag_change(byte_vector& out, const tag_change& tag) {
    if (tag.pattern) refuse("tag '" + tag.name + "': a pattern goes with set_tags_where only");
    append_column_name(out, tag.name);
    append_byte(out, tag.value.is_null() ? 1 : 0);
    append_type(out, tag.value.type);
    if (!tag.value.is_null()) append_value(out, tag.value);
}

void append_tag_changes(byte_vector& out, const std::vector<tag_change>& tags) {
    if (tags.empty()) refuse("no tag");
    append_zigzag(out, static_cast<std::int64_t>(tags.size()));
    std::int64_t id = 1;
    for (const tag_change& tag : tags) {
        append_zigzag(out, ++id);
        append_tag_change(out, tag);
    }
}

void append_tags_of_tables(byte_vector& out, const std::vector<table_tag_changes>& tables) {
    if (tables.empty()) refuse("no table");
    append_zigzag(out, static_cast<std::int64_t>(tables.size()));
    for (const table_tag_changes& table : tables) {
        append_table_name(out, table.table);
        if (table.tags.empty()) refuse("no tag");
        append_zigzag(out, static_cast<std::int64_t>(table.tags.size()));
        std::int64_t id = 1;
        for (const tag_change& tag : table.tags) {
            if (tag.pattern || tag.value.is_null())
                refuse("tag '" + tag.name + "': changes of many tables have values only");
            append_byte(out, 0);
            append_zigzag(out, ++id);
            append_column_name(out, tag.name);
            append_type(out, tag.value.type);
            append_byte(out, 0);
            append_value(out, tag.value);
        }
    }
}

void append_source(byte_vector& out, const std::optional<column_source>& source) {
    if (!source) refuse("the source of the column is missing");
    append_name(out, source->source_database, longest_database_name);
    append_table_name(out, source->source_table);
    append_column_name(out, source->source_column);
}

void append_options(byte_vector& out, const alter_table& change) {
    append_byte(out, change.ttl_days ? 1 : 0);
    if (change.ttl_days) append_zigzag(out, *change.ttl_days);
    append_zigzag(out, change.comment ? static_cast<std::int64_t>(change.comment->size()) : -1);
    if (change.comment && !change.comment->empty())
        append_name(out, *change.comment, std::numeric_limits<std::int32_t>::max());
}

void append_alteration(byte_vector& out, const alter_table& change) {
    switch (change.type) {
        case alter_type::add_column: append_typed_column(out, change.column); break;
        case alter_type::add_compressed_column:
            append_typed_column(out, change.column);
            append_le(out, compression_number(change.column));
            break;
        case alter_type::add_sourced_column:
            append_typed_column(out, change.column);
            append_source(out, change.source);
            break;
        case alter_type::modify_column_length:
            append_column_name(out, change.column.name);
            append_type(out, change.column.type);
            append_zigzag(out, declared_bytes(change.column));
            break;
        case alter_type::drop_column:
        case alter_type::remove_column_source: append_column_name(out, change.column.name); break;
        case alter_type::rename_column:
            append_column_name(out, change.column.name);
            append_column_name(out, change.new_name);
            break;
        case alter_type::set_tag:
            if (change.tags.size() != 1) refuse("set_tag sets one tag");
            append_tag_change(out, change.tags.front());
            break;
        case alter_type::set_tags: append_tag_changes(out, change.tags); break;
        case alter_type::set_tags_of_tables: append_tags_of_tables(out, change.tables); break;
        case alter_type::options: append_options(out, change); break;
        case alter_type::compression:
            append_column_name(out, change.column.name);
            append_le(out, compression_number(change.column));
            break;
        case alter_type::set_column_source:
            append_column_name(out, change.column.name);
            append_source(out, change.source);
            break;
        default: break;  // set_tags_where: its conditions are in an internal form of the server.
    }
}

bool is_for_super_tables_only(alter_type type) noexcept {
    switch (type) {
        case alter_type::add_tag:
        case alter_type::drop_tag:
        case alter_type::rename_tag:
        case alter_type::modify_tag_length:
        case alter_type::add_tag_index:
        case alter_type::drop_tag_index:
        case alter_type::set_tags_where: return true;
        default: return false;
    }
}

void check_kind(const alter_table& change) {
    const auto expect = [&](table_kind kind) {
        if (change.kind != kind) refuse("an alteration of this type is one of another kind of table");
    };
    switch (change.type) {
        case alter_type::set_tag:
        case alter_type::set_tags:
        case alter_type::set_tags_of_tables: return expect(table_kind::child);
        case alter_type::set_column_source:
        case alter_type::remove_column_source: return expect(table_kind::unspecified);
        case alter_type::add_sourced_column: return expect(table_kind::normal);
        default: break;
    }
    if (change.type < alter_type::add_tag || change.type > alter_type::set_tags_where)
        refuse("no such alteration");
    if (is_for_super_tables_only(change.type)) return expect(table_kind::super);
    if (change.kind != table_kind::super) expect(table_kind::normal);
}

void append_altered_table(byte_vector& out, const alter_table& change) {
    append_body(out, [&] {
        if (change.type == alter_type::set_tags_of_tables)
            append_byte(out, 0);  // A name of length 0 without NUL.
        else
            append_table_name(out, change.table);
        append_byte(out, static_cast<std::uint8_t>(change.type));
        append_le(out, std::int32_t{0});  // Id of the column.
        append_alteration(out, change);
        append_le(out, std::int64_t{0});  // Time of the change.
        append_byte(out, 0);              // Source of the request.
        const bool adds =
            change.type == alter_type::add_column || change.type == alter_type::add_compressed_column;
        if (adds && is_decimal(change.column.type)) append_le(out, type_modifier(change.column));
    });
}

bool has_declared_size(alter_type type) noexcept {
    return type == alter_type::add_tag || type == alter_type::add_column ||
           type == alter_type::add_compressed_column || type == alter_type::modify_column_length ||
           type == alter_type::modify_tag_length;
}

/// Returns the request of an alteration, as the first node of a cluster gets it.
byte_vector request_of(const alter_table& change) {
    byte_vector out;
    const bool declares = has_declared_size(change.type);
    const bool renames = change.type == alter_type::rename_tag || change.type == alter_type::rename_column;
    const bool has_fields = change.type != alter_type::options && change.type != alter_type::add_tag_index &&
                            change.type != alter_type::drop_tag_index;
    const auto append_field = [&](const std::string& name) {
        append_type(out, declares ? change.column.type : data_type::null);
        append_le(out, declares ? declared_bytes(change.column)
                       : change.type == alter_type::compression
                           ? static_cast<std::int32_t>(compression_number(change.column))
                           : 0);
        append_column_name(out, name);
        if (change.type == alter_type::add_compressed_column)
            append_le(out, compression_number(change.column));
    };
    append_body(out, [&] {
        append_string(out, "1.database." + change.table);
        append_byte(out, static_cast<std::uint8_t>(change.type));
        append_le(out, std::int32_t{has_fields ? (renames ? 2 : 1) : 0});
        if (has_fields) append_field(change.column.name);
        if (renames) append_field(change.new_name);
        append_le(out, std::int32_t{0});  // Days to live.
        const std::string comment = change.type == alter_type::options ? change.comment.value_or("") : "";
        append_le(out, static_cast<std::int32_t>(comment.size()));
        if (!comment.empty()) append_name(out, comment, std::numeric_limits<std::int32_t>::max());
        append_le(out, std::int32_t{0});  // No SQL text.
    });
    return out;
}

void append_altered_super_table(byte_vector& out, const alter_table& change, const server_version& version) {
    if (change.type == alter_type::options && change.ttl_days) refuse("super tables do not end");
    created_table table;
    table.name = change.table;
    // The rest of the table is not known, but the digits of a new column are nowhere else in the message.
    if (change.type == alter_type::add_column || change.type == alter_type::add_compressed_column)
        table.columns.push_back(change.column);
    append_super_table(out, table, request_of(change), version);
}

void append_dropped_tables(byte_vector& out, const drop_table& change) {
    append_body(out, [&] {
        append_zigzag(out, static_cast<std::int64_t>(change.names.size()));
        for (const std::string& name : change.names)
            append_body(out, [&] {
                append_table_name(out, name);
                append_le(out, std::int64_t{0});  // Id of the super table.
                append_le(out, id_of(name));
                append_byte(out, 0);  // True if the table may be missing.
            });
        append_byte(out, 0);  // Source of the request.
    });
}

void append_deletion(byte_vector& out, const delete_data& change) {
    if (!change.range) refuse("what was deleted is missing");
    append_le(out, std::int64_t{0});  // Id of the super table.
    append_zigzag(out, 1);
    append_le(out, id_of(change.range->table));
    append_le(out, change.range->first);
    append_le(out, change.range->last);
    append_zigzag(out, 1);  // Number of rows.
    append_table_name(out, change.range->table);
    append_column_name(out, change.range->column);
    append_le(out, std::int64_t{0});  // Time of the change.
    append_byte(out, 0);              // Source of the request.
}

/// Appends the body of a change and returns its type.
class body_writer {
  public:
    body_writer(byte_vector& out, const server_version& version) noexcept : out_(out), version_(version) {}

    std::uint16_t operator()(const create_table& change) const {
        if (change.tables.size() == 1 && change.tables.front().kind == table_kind::super) {
            append_super_table(out_, change.tables.front(), {}, version_);
            return created_super_table;
        }
        check_created(change);
        append_body(out_, [&] {
            append_zigzag(out_, static_cast<std::int64_t>(change.tables.size()));
            for (const created_table& table : change.tables)
                append_created_table(out_, table, version_);
            append_byte(out_, 0);  // Source of the request.
        });
        return created_tables;
    }
    std::uint16_t operator()(const alter_table& change) const {
        check_kind(change);
        if (change.kind == table_kind::super && change.type != alter_type::set_tags_where) {
            append_altered_super_table(out_, change, version_);
            return altered_super_table;
        }
        append_altered_table(out_, change);
        return altered_table;
    }
    std::uint16_t operator()(const drop_table& change) const {
        if (change.names.empty()) refuse("no table");
        if (change.kind == table_kind::unspecified) {
            append_dropped_tables(out_, change);
            return dropped_tables;
        }
        if (change.kind != table_kind::super || change.names.size() != 1)
            refuse("a super table is dropped alone, and any other without its kind");
        append_body(out_, [&] {
            append_table_name(out_, change.names.front());
            append_le(out_, id_of(change.names.front()));
        });
        return dropped_super_table;
    }
    std::uint16_t operator()(const delete_data& change) const {
        append_deletion(out_, change);
        return deletion;
    }
    /// Replaces the head too: the raw bytes of an unknown change have one.
    std::uint16_t operator()(const unknown_meta& change) const {
        if (change.raw_type <= last_type_of_data) refuse("raw types of metadata are above 6");
        out_ = change.raw;
        return change.raw_type;
    }

  private:
    byte_vector& out_;
    const server_version& version_;
};

}  // namespace

raw_meta encode_raw_meta(const meta& change, std::int32_t vgroup, const server_version& version) {
    raw_meta out;
    append_le(out.bytes, std::int32_t{0});
    append_le(out.bytes, vgroup);
    out.type = std::visit(body_writer(out.bytes, version), change);
    if (!std::holds_alternative<unknown_meta>(change))
        store_le(out.bytes.data(), static_cast<std::int32_t>(out.bytes.size()));
    return out;
}

byte_vector encode_raw_batch(std::span<const raw_meta> changes) {
    constexpr std::size_t response_head_size = 33;
    constexpr std::uint8_t no_offset = 0x10;
    byte_vector out;
    append_le(out, static_cast<std::int32_t>(changes.size()));
    for (const raw_meta& change : changes) {
        byte_vector item(response_head_size);
        append_byte(item, no_offset);
        append_le(item, change.type);
        append_binary(item, change.bytes);
        append_binary(out, item);
    }
    return out;
}

std::vector<byte_vector> encode_created_tables(const create_table& change, const server_version& version) {
    check_created(change);
    std::vector<byte_vector> items;
    for (const created_table& table : change.tables)
        append_created_table(items.emplace_back(), table, version);
    return items;
}

}  // namespace tmq::embedded::encode
