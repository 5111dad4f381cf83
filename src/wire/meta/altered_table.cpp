#include "base/alteration.hpp"
#include "wire/meta/bodies.hpp"
#include "wire/meta/fields.hpp"
#include "wire/meta/value.hpp"
#include "wire/name.hpp"

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

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

std::vector<tag_change> read_tags(byte_reader& reader) {
    const std::size_t count = read_zigzag_count(reader, least_tag_size, defect_code::meta_tag_count_invalid);
    std::vector<tag_change> tags;
    tags.reserve(count);
    for (std::size_t i = 0; reader.ok() && i < count; ++i) {
        reader.zigzag<std::int32_t>();  // id of the tag
        tags.push_back(read_tag(reader));
    }
    return tags;
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
bool read_tags_of_tables(byte_reader& reader, std::vector<table_tag_changes>& out) {
    const std::size_t tables =
        read_zigzag_count(reader, least_altered_size, defect_code::meta_table_count_invalid);
    out.reserve(tables);
    while (reader.ok() && out.size() < tables) {
        table_tag_changes& table = out.emplace_back();
        table.table = read_table_name(reader);
        const std::size_t tags =
            read_zigzag_count(reader, least_tag_of_table_size, defect_code::meta_tag_count_invalid);
        table.tags.reserve(tags);
        while (reader.ok() && table.tags.size() < tags)
            if (!read_tag_of_table(reader, table.tags.emplace_back())) return false;
    }
    return true;
}

column_definition read_typed_column(byte_reader& reader, bool has_flags) {
    column_definition column;
    column.name = read_column_name(reader);
    column.type = static_cast<data_type>(reader.fixed<std::uint8_t>());
    if (has_flags) reader.fixed<std::uint8_t>();
    const std::uint64_t bytes_position = reader.position();
    const auto bytes = reader.zigzag<std::int32_t>();
    if (bytes < 0) reader.refuse(defect_code::schema_bytes_negative, bytes_position);
    set_declared_size(column, bytes);
    return column;
}

column_source read_source(byte_reader& reader, std::string column) {
    column_source source;
    source.column = std::move(column);
    source.source_database = std::string(read_name(reader, max_database_name));
    source.source_table = read_table_name(reader);
    source.source_column = read_column_name(reader);
    return source;
}

/// Reads the part of an alteration. Returns the kind of the table, or nothing if the form of the alteration
/// is unknown.
class part_reader {
  public:
    explicit part_reader(byte_reader& reader) noexcept : reader_(reader) {}

    using known = std::optional<table_kind>;

    known operator()(alterations::add_tag&) const { return no_part(); }
    known operator()(alterations::drop_tag&) const { return no_part(); }
    known operator()(alterations::rename_tag&) const { return no_part(); }
    known operator()(alterations::set_tag& change) const {
        change.tag = read_tag(reader_);
        return table_kind::child;
    }
    known operator()(alterations::add_column& change) const {
        change.column = read_typed_column(reader_, true);
        return table_kind::normal;
    }
    known operator()(alterations::drop_column& change) const {
        change.name = read_column_name(reader_);
        return table_kind::normal;
    }
    known operator()(alterations::modify_column_length& change) const {
        column_definition column = read_typed_column(reader_, false);
        change.name = std::move(column.name);
        change.type = column.type;
        change.length = column.length;
        return table_kind::normal;
    }
    known operator()(alterations::modify_tag_length&) const { return no_part(); }
    known operator()(alterations::set_options& change) const {
        if (read_flag(reader_)) change.ttl_days = reader_.zigzag<std::int32_t>();
        const std::uint64_t position = reader_.position();
        const auto length = reader_.zigzag<std::int32_t>();
        change.comment = read_comment_text(reader_, length, position);
        return table_kind::normal;
    }
    known operator()(alterations::rename_column& change) const {
        change.name = read_column_name(reader_);
        change.new_name = read_column_name(reader_);
        return table_kind::normal;
    }
    known operator()(alterations::add_tag_index&) const { return no_part(); }
    known operator()(alterations::drop_tag_index&) const { return no_part(); }
    known operator()(alterations::set_compression& change) const {
        column_definition column;
        change.name = read_column_name(reader_);
        wire::set_compression(column, reader_.fixed<std::uint32_t>(), false);
        change.encode = std::move(column.encode);
        change.compress = std::move(column.compress);
        change.level = std::move(column.level);
        return table_kind::normal;
    }
    known operator()(alterations::add_compressed_column& change) const {
        change.column = read_typed_column(reader_, true);
        wire::set_compression(change.column, reader_.fixed<std::uint32_t>(), false);
        return table_kind::normal;
    }
    known operator()(alterations::set_tags& change) const {
        change.tags = read_tags(reader_);
        return table_kind::child;
    }
    known operator()(alterations::set_column_source& change) const {
        change.source = read_source(reader_, read_column_name(reader_));
        return table_kind::unspecified;
    }
    known operator()(alterations::remove_column_source& change) const {
        change.name = read_column_name(reader_);
        return table_kind::unspecified;
    }
    known operator()(alterations::add_sourced_column& change) const {
        change.column = read_typed_column(reader_, true);
        change.source = read_source(reader_, change.column.name);
        return table_kind::normal;
    }
    known operator()(alterations::set_tags_of_tables& change) const {
        return read_tags_of_tables(reader_, change.tables) ? known(table_kind::child) : std::nullopt;
    }
    known operator()(alterations::set_tags_where&) const { return std::nullopt; }

  private:
    /// Super tables only: they have a message of their own.
    static known no_part() noexcept { return table_kind::normal; }

    byte_reader& reader_;
};

/// Returns the column whose digits may end the body; null if the alteration has none.
column_definition* find_column_with_digits(alteration& change) noexcept {
    if (auto* const added = std::get_if<alterations::add_column>(&change)) return &added->column;
    if (auto* const added = std::get_if<alterations::add_compressed_column>(&change)) return &added->column;
    return nullptr;
}

}  // namespace

void read_altered_table(byte_reader& outer, std::vector<meta>& out) {
    body nested(outer);
    byte_reader& reader = nested.reader();
    alter_table altered;

    // A change of many tables has a name of length 0, without NUL (docs/protocol.md, "Table changes").
    const std::uint64_t name_position = reader.position();
    const bool nameless = byte_reader(reader).fixed<std::uint8_t>() == 0;
    if (nameless)
        reader.fixed<std::uint8_t>();
    else
        altered.table = read_table_name(reader);
    auto change = base::make_alteration(reader.fixed<std::uint8_t>());
    if (nameless && !(change && std::holds_alternative<alterations::set_tags_of_tables>(*change)))
        reader.refuse(defect_code::name_length_invalid, name_position);
    reader.fixed<std::int32_t>();  // id of the column
    if (!reader.ok()) return;
    const auto kind = change ? std::visit(part_reader(reader), *change) : std::nullopt;
    if (!reader.ok()) return;
    if (!kind) {
        out.emplace_back(unknown_meta{});
        return;
    }

    if (reader.remaining() != 0) reader.fixed<std::int64_t>();  // time of the change
    if (reader.remaining() != 0) reader.fixed<std::uint8_t>();  // source of the request
    column_definition* const column = find_column_with_digits(*change);
    if (column != nullptr && reader.remaining() != 0)
        set_type_modifier(*column, reader.fixed<std::int32_t>());
    altered.kind = *kind;
    altered.change = *std::move(change);
    out.emplace_back(std::move(altered));
}

}  // namespace tmq::wire
