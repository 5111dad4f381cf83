#include "embedded_server/encode/meta_bytes.hpp"

#include "base/server_constants.hpp"
#include "embedded_server/encode/column_compression.hpp"
#include "embedded_server/encode/meta_value_bytes.hpp"
#include "embedded_server/encode/tag_set.hpp"
#include "embedded_server/encode/ucs4_text.hpp"

#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <limits>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

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
std::int32_t declared_bytes(const std::string& name, data_type type,
                            const std::optional<std::int32_t>& declared_length) {
    const std::int32_t unit = bytes_per_unit(type);
    const std::int32_t header = type == data_type::blob ? 4 : 2;
    constexpr std::int32_t longest = 65517;
    if (unit == 0) {
        if (declared_length) refuse("column '" + name + "': its type has no length");
        if (type == data_type::json) return static_cast<std::int32_t>(max_tag_set);
        const std::size_t width = width_of(type);
        if (width == 0) refuse("column '" + name + "': no such type");
        return static_cast<std::int32_t>(width);
    }
    const std::int32_t length = declared_length.value_or(type == data_type::blob ? 1 : 0);
    if (length < 1 || length > longest / unit)
        refuse("column '" + name + "': its length is missing or out of range");
    return length * unit + header;
}

std::int32_t declared_bytes(const column_definition& column) {
    type_modifier(column);  // Checks the digits.
    return declared_bytes(column.name, column.type, column.length);
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

std::uint32_t algorithm_of(const alterations::set_compression& change) {
    column_definition column;
    column.name = change.name;
    column.encode = change.encode;
    column.compress = change.compress;
    column.level = change.level;
    return compression_number(column);
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

void append_source(byte_vector& out, const column_source& source) {
    append_name(out, source.source_database, longest_database_name);
    append_table_name(out, source.source_table);
    append_column_name(out, source.source_column);
}

std::uint8_t number_of(const alteration& change) {
    return std::visit([](const auto& known) { return known.alter_type; }, change);
}

[[noreturn]] void refuse_table_kind() {
    refuse("an alteration of this type is one of another kind of table");
}

/// Appends the part of an alteration that depends on its type, in the form for one table of any kind but
/// super tables. Refuses the kinds of tables that have no such alteration.
class part_writer {
  public:
    part_writer(byte_vector& out, table_kind kind) noexcept : out_(out), kind_(kind) {}

    void operator()(const alterations::add_tag&) const { refuse_table_kind(); }
    void operator()(const alterations::drop_tag&) const { refuse_table_kind(); }
    void operator()(const alterations::rename_tag&) const { refuse_table_kind(); }
    void operator()(const alterations::set_tag& change) const {
        expect(table_kind::child);
        append_tag_change(out_, change.tag);
    }
    void operator()(const alterations::add_column& change) const {
        expect(table_kind::normal);
        append_typed_column(out_, change.column);
    }
    void operator()(const alterations::drop_column& change) const {
        expect(table_kind::normal);
        append_column_name(out_, change.name);
    }
    void operator()(const alterations::modify_column_length& change) const {
        expect(table_kind::normal);
        append_column_name(out_, change.name);
        append_type(out_, change.type);
        append_zigzag(out_, declared_bytes(change.name, change.type, change.length));
    }
    void operator()(const alterations::modify_tag_length&) const { refuse_table_kind(); }
    void operator()(const alterations::set_options& change) const {
        expect(table_kind::normal);
        append_byte(out_, change.ttl_days ? 1 : 0);
        if (change.ttl_days) append_zigzag(out_, *change.ttl_days);
        append_zigzag(out_, change.comment ? static_cast<std::int64_t>(change.comment->size()) : -1);
        if (change.comment && !change.comment->empty())
            append_name(out_, *change.comment, std::numeric_limits<std::int32_t>::max());
    }
    void operator()(const alterations::rename_column& change) const {
        expect(table_kind::normal);
        append_column_name(out_, change.name);
        append_column_name(out_, change.new_name);
    }
    void operator()(const alterations::add_tag_index&) const { refuse_table_kind(); }
    void operator()(const alterations::drop_tag_index&) const { refuse_table_kind(); }
    void operator()(const alterations::set_compression& change) const {
        expect(table_kind::normal);
        append_column_name(out_, change.name);
        append_le(out_, algorithm_of(change));
    }
    void operator()(const alterations::add_compressed_column& change) const {
        expect(table_kind::normal);
        append_typed_column(out_, change.column);
        append_le(out_, compression_number(change.column));
    }
    void operator()(const alterations::set_tags& change) const {
        expect(table_kind::child);
        append_tag_changes(out_, change.tags);
    }
    void operator()(const alterations::set_column_source& change) const {
        expect(table_kind::unspecified);
        append_column_name(out_, change.source.column);
        append_source(out_, change.source);
    }
    void operator()(const alterations::remove_column_source& change) const {
        expect(table_kind::unspecified);
        append_column_name(out_, change.name);
    }
    void operator()(const alterations::add_sourced_column& change) const {
        expect(table_kind::normal);
        append_typed_column(out_, change.column);
        append_source(out_, change.source);
    }
    void operator()(const alterations::set_tags_of_tables& change) const {
        expect(table_kind::child);
        append_tags_of_tables(out_, change.tables);
    }
    /// Appends nothing: conditions are in an internal form of the server.
    void operator()(const alterations::set_tags_where&) const { expect(table_kind::super); }

  private:
    void expect(table_kind kind) const {
        if (kind_ != kind) refuse_table_kind();
    }

    byte_vector& out_;
    table_kind kind_;
};

/// Returns the new column that an alteration declares; null if it declares none whose digits are sent apart.
const column_definition* find_new_column(const alteration& change) noexcept {
    if (const auto* const added = std::get_if<alterations::add_column>(&change)) return &added->column;
    if (const auto* const added = std::get_if<alterations::add_compressed_column>(&change))
        return &added->column;
    return nullptr;
}

void append_altered_table(byte_vector& out, const alter_table& altered) {
    append_body(out, [&] {
        if (std::holds_alternative<alterations::set_tags_of_tables>(altered.change))
            append_byte(out, 0);  // A name of length 0 without NUL.
        else
            append_table_name(out, altered.table);
        append_byte(out, number_of(altered.change));
        append_le(out, std::int32_t{0});  // Id of the column.
        std::visit(part_writer(out, altered.kind), altered.change);
        append_le(out, std::int64_t{0});  // Time of the change.
        append_byte(out, 0);              // Source of the request.
        const column_definition* const column = find_new_column(altered.change);
        if (column != nullptr && is_decimal(column->type)) append_le(out, type_modifier(*column));
    });
}

/// Appends the number of fields in the request of an alteration of a super table, and the fields. Refuses
/// alterations that super tables do not have.
class field_writer {
  public:
    explicit field_writer(byte_vector& out) noexcept : out_(out) {}

    void operator()(const alterations::add_tag& change) const { append_declaration(change.tag); }
    void operator()(const alterations::drop_tag& change) const { append_names({change.name}); }
    void operator()(const alterations::rename_tag& change) const {
        append_names({change.name, change.new_name});
    }
    void operator()(const alterations::set_tag&) const { refuse_table_kind(); }
    void operator()(const alterations::add_column& change) const { append_declaration(change.column); }
    void operator()(const alterations::drop_column& change) const { append_names({change.name}); }
    void operator()(const alterations::modify_column_length& change) const {
        append_length(change.name, change.type, change.length);
    }
    void operator()(const alterations::modify_tag_length& change) const {
        append_length(change.name, change.type, change.length);
    }
    void operator()(const alterations::set_options& change) const {
        if (change.ttl_days) refuse("super tables do not end");
        append_count(0);
    }
    void operator()(const alterations::rename_column& change) const {
        append_names({change.name, change.new_name});
    }
    void operator()(const alterations::add_tag_index&) const { append_count(0); }
    void operator()(const alterations::drop_tag_index&) const { append_count(0); }
    void operator()(const alterations::set_compression& change) const {
        append_count(1);
        append_field(change.name, data_type::null, static_cast<std::int32_t>(algorithm_of(change)));
    }
    void operator()(const alterations::add_compressed_column& change) const {
        append_declaration(change.column);
        append_le(out_, compression_number(change.column));
    }
    void operator()(const alterations::set_tags&) const { refuse_table_kind(); }
    void operator()(const alterations::set_column_source&) const { refuse_table_kind(); }
    void operator()(const alterations::remove_column_source&) const { refuse_table_kind(); }
    void operator()(const alterations::add_sourced_column&) const { refuse_table_kind(); }
    void operator()(const alterations::set_tags_of_tables&) const { refuse_table_kind(); }
    void operator()(const alterations::set_tags_where&) const { refuse_table_kind(); }

  private:
    void append_count(std::size_t count) const { append_le(out_, static_cast<std::int32_t>(count)); }
    void append_field(const std::string& name, data_type type, std::int32_t bytes) const {
        append_type(out_, type);
        append_le(out_, bytes);
        append_column_name(out_, name);
    }
    void append_declaration(const column_definition& column) const {
        append_count(1);
        append_field(column.name, column.type, declared_bytes(column));
    }
    void append_length(const std::string& name, data_type type,
                       const std::optional<std::int32_t>& length) const {
        append_count(1);
        append_field(name, type, declared_bytes(name, type, length));
    }
    void append_names(std::initializer_list<std::string_view> names) const {
        append_count(names.size());
        for (const std::string_view name : names)
            append_field(std::string(name), data_type::null, 0);
    }

    byte_vector& out_;
};

/// Returns the request of an alteration, as the first node of a cluster gets it.
byte_vector request_of(const alter_table& altered) {
    byte_vector out;
    append_body(out, [&] {
        append_string(out, "1.database." + altered.table);
        append_byte(out, number_of(altered.change));
        std::visit(field_writer(out), altered.change);
        append_le(out, std::int32_t{0});  // Days to live.
        const auto* const options = std::get_if<alterations::set_options>(&altered.change);
        const std::string comment = options != nullptr ? options->comment.value_or("") : "";
        append_le(out, static_cast<std::int32_t>(comment.size()));
        if (!comment.empty()) append_name(out, comment, std::numeric_limits<std::int32_t>::max());
        append_le(out, std::int32_t{0});  // No SQL text.
    });
    return out;
}

void append_altered_super_table(byte_vector& out, const alter_table& altered, const server_version& version) {
    created_table table;
    table.name = altered.table;
    // The rest of the table is not known, but the digits of a new column are nowhere else in the message.
    if (const column_definition* const column = find_new_column(altered.change))
        table.columns.push_back(*column);
    append_super_table(out, table, request_of(altered), version);
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
    std::uint16_t operator()(const alter_table& altered) const {
        if (altered.kind == table_kind::super &&
            !std::holds_alternative<alterations::set_tags_where>(altered.change)) {
            append_altered_super_table(out_, altered, version_);
            return altered_super_table;
        }
        append_altered_table(out_, altered);
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
