#pragma once

#include "tmq/meta_value.hpp"
#include "tmq/table_definition.hpp"
#include "tmq/types.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace tmq {

/// A tag's new value, or the way in which it is made from the old one.
struct tag_change {
    std::string name;
    meta_value value;
    /// A regular expression: its matches in the old value are replaced by `replacement`. Only in
    /// alterations::set_tags_where.
    std::optional<std::string> pattern;
    std::optional<std::string> replacement;

    friend bool operator==(const tag_change&, const tag_change&) = default;
};

struct table_tag_changes {
    std::string table;
    std::vector<tag_change> tags;

    friend bool operator==(const table_tag_changes&, const table_tag_changes&) = default;
};

/// The kinds of alterations. Plain values. `alter_type` is the server's number of the kind, which to_json()
/// prints as "alterType".
namespace alterations {

/// A super table has a new tag.
struct add_tag {
    static constexpr std::uint8_t alter_type = 1;
    column_definition tag;  ///< name, type and length
    friend bool operator==(const add_tag&, const add_tag&) = default;
};

/// A tag of a super table was dropped.
struct drop_tag {
    static constexpr std::uint8_t alter_type = 2;
    std::string name;
    friend bool operator==(const drop_tag&, const drop_tag&) = default;
};

/// A tag of a super table was renamed.
struct rename_tag {
    static constexpr std::uint8_t alter_type = 3;
    std::string name;
    std::string new_name;
    friend bool operator==(const rename_tag&, const rename_tag&) = default;
};

/// A child table has a new value of one tag.
struct set_tag {
    static constexpr std::uint8_t alter_type = 4;
    tag_change tag;
    friend bool operator==(const set_tag&, const set_tag&) = default;
};

/// A table has a new column.
struct add_column {
    static constexpr std::uint8_t alter_type = 5;
    column_definition column;  ///< name, type, length, precision and scale
    friend bool operator==(const add_column&, const add_column&) = default;
};

/// A column was dropped.
struct drop_column {
    static constexpr std::uint8_t alter_type = 6;
    std::string name;
    friend bool operator==(const drop_column&, const drop_column&) = default;
};

/// A column is longer than before.
struct modify_column_length {
    static constexpr std::uint8_t alter_type = 7;
    std::string name;
    data_type type = data_type::null;    ///< unchanged
    std::optional<std::int32_t> length;  ///< the new one, in the unit of column_definition::length
    friend bool operator==(const modify_column_length&, const modify_column_length&) = default;
};

/// A tag of a super table is longer than before.
struct modify_tag_length {
    static constexpr std::uint8_t alter_type = 8;
    std::string name;
    data_type type = data_type::null;    ///< unchanged
    std::optional<std::int32_t> length;  ///< the new one, in the unit of column_definition::length
    friend bool operator==(const modify_tag_length&, const modify_tag_length&) = default;
};

/// Options of a table were set. JSON says only that, and not which.
struct set_options {
    static constexpr std::uint8_t alter_type = 9;
    /// Empty: unchanged. Of normal and child tables, 0 = for ever; binary form only.
    std::optional<std::int32_t> ttl_days;
    /// Empty: unchanged or, of super tables, removed. Binary form only.
    std::optional<std::string> comment;
    friend bool operator==(const set_options&, const set_options&) = default;
};

/// A column was renamed.
struct rename_column {
    static constexpr std::uint8_t alter_type = 10;
    std::string name;
    std::string new_name;
    friend bool operator==(const rename_column&, const rename_column&) = default;
};

/// A tag of a super table has an index. Neither form names the tag.
struct add_tag_index {
    static constexpr std::uint8_t alter_type = 11;
    friend bool operator==(const add_tag_index&, const add_tag_index&) = default;
};

/// An index of a tag of a super table was dropped. Neither form names the tag.
struct drop_tag_index {
    static constexpr std::uint8_t alter_type = 12;
    friend bool operator==(const drop_tag_index&, const drop_tag_index&) = default;
};

/// The compression of a column was set. Properties that are empty are unchanged. JSON has only the first of
/// those that change.
struct set_compression {
    static constexpr std::uint8_t alter_type = 13;
    std::string name;  ///< of the column
    std::string encode;
    std::string compress;
    std::string level;
    friend bool operator==(const set_compression&, const set_compression&) = default;
};

/// A table has a new column, with a compression that the statement names.
struct add_compressed_column {
    static constexpr std::uint8_t alter_type = 14;
    /// As of add_column, with encode, compress and level, of which JSON has only the first.
    column_definition column;
    friend bool operator==(const add_compressed_column&, const add_compressed_column&) = default;
};

/// A child table has new values of tags.
struct set_tags {
    static constexpr std::uint8_t alter_type = 15;
    std::vector<tag_change> tags;
    friend bool operator==(const set_tags&, const set_tags&) = default;
};

/// A column of a virtual table has a new source.
struct set_column_source {
    static constexpr std::uint8_t alter_type = 16;
    column_source source;
    friend bool operator==(const set_column_source&, const set_column_source&) = default;
};

/// A column of a virtual table has no source any longer.
struct remove_column_source {
    static constexpr std::uint8_t alter_type = 17;
    std::string name;  ///< of the column
    friend bool operator==(const remove_column_source&, const remove_column_source&) = default;
};

/// A virtual table has a new column, with its source.
struct add_sourced_column {
    static constexpr std::uint8_t alter_type = 18;
    column_definition column;  ///< name, type and length
    column_source source;
    friend bool operator==(const add_sourced_column&, const add_sourced_column&) = default;
};

/// Child tables, one or more, have new values of tags. alter_table::table is empty.
struct set_tags_of_tables {
    static constexpr std::uint8_t alter_type = 19;
    std::vector<table_tag_changes> tables;
    friend bool operator==(const set_tags_of_tables&, const set_tags_of_tables&) = default;
};

/// Child tables of a super table have new values of tags. JSON only: in binary form it is an unknown_meta.
struct set_tags_where {
    static constexpr std::uint8_t alter_type = 20;
    std::vector<tag_change> tags;
    std::string where;  ///< an SQL condition on tags; empty: all child tables
    friend bool operator==(const set_tags_where&, const set_tags_where&) = default;
};

}  // namespace alterations

/// The change that an ALTER statement made: one of the structs in tmq::alterations, for std::visit,
/// std::get_if and std::holds_alternative.
using alteration =
    std::variant<alterations::add_tag, alterations::drop_tag, alterations::rename_tag, alterations::set_tag,
                 alterations::add_column, alterations::drop_column, alterations::modify_column_length,
                 alterations::modify_tag_length, alterations::set_options, alterations::rename_column,
                 alterations::add_tag_index, alterations::drop_tag_index, alterations::set_compression,
                 alterations::add_compressed_column, alterations::set_tags, alterations::set_column_source,
                 alterations::remove_column_source, alterations::add_sourced_column,
                 alterations::set_tags_of_tables, alterations::set_tags_where>;

}  // namespace tmq
