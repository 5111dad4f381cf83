#pragma once

#include "tmq/types.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

/// Table changes, which topics `WITH META` carry beside the rows. Plain values that own what they hold.
///
/// They come in two forms: the server's binary form, which is exact, and its JSON, which passes all numbers
/// through doubles. A field that only one of the forms has says so. See docs/protocol.md, Table changes.
namespace tmq {

enum class table_kind : std::uint8_t {
    unspecified,  ///< the change does not say
    super,
    child,
    normal,
};

/// The value of a tag.
struct meta_value {
    /// null: the server did not name the type (JSON of an alteration); `data` then holds the text of any
    /// type.
    data_type type = data_type::null;
    /// Signed integers and TIMESTAMP (ticks of the database's precision) are std::int64_t, unsigned ones
    /// std::uint64_t; VARCHAR is text as it was stored, NCHAR is UTF-8, JSON is JSON text; VARBINARY and
    /// GEOMETRY are bytes. std::monostate is NULL or, if not exact, a value that is not known. A DOUBLE that
    /// is not exact is off by its last bit at most.
    std::variant<std::monostate, bool, std::int64_t, std::uint64_t, float, double, std::string,
                 std::vector<std::byte>>
        data;
    /// True if `data` is the server's value to the last bit. Binary values are always exact.
    bool exact = true;
    /// Text that the server printed, if it does not give the value: "1.8446744073709552e+19". Empty if exact.
    std::string printed;

    bool is_null() const noexcept { return exact && data.index() == 0; }
    friend bool operator==(const meta_value&, const meta_value&) = default;
};

/// Returns the value as text: numbers in decimal, shortest for floating point; "true" and "false"; text
/// unchanged; bytes as "0x" and lowercase hex; "NULL"; the server's printed text if the value is not exact.
std::string to_string(const meta_value& value);

/// A column, or a tag as a super table declares it. An alteration sets only the fields that change.
struct column_definition {
    std::string name;
    data_type type = data_type::null;  ///< null: not named
    /// Declared length: bytes of VARCHAR, VARBINARY, GEOMETRY and BLOB, characters of NCHAR. Types of fixed
    /// width have none.
    std::optional<std::int32_t> length;
    std::optional<std::uint8_t> precision;  ///< digits of a DECIMAL, from servers that report it
    std::optional<std::uint8_t> scale;      ///< digits of a DECIMAL after the point
    bool primary_key = false;               ///< part of a composite primary key, beside the first column
    std::string encode;                     ///< "delta-i", "simple8b", "disabled"...; empty: not named
    std::string compress;                   ///< "lz4", "zstd"...
    std::string level;                      ///< "low", "medium", "high"

    friend bool operator==(const column_definition&, const column_definition&) = default;
};

struct tag_setting {
    std::string name;
    meta_value value;

    friend bool operator==(const tag_setting&, const tag_setting&) = default;
};

/// Source of the values of a column of a virtual table.
struct column_source {
    std::string column;  ///< of the virtual table
    std::string source_database;
    std::string source_table;
    std::string source_column;

    friend bool operator==(const column_source&, const column_source&) = default;
};

struct created_table {
    table_kind kind = table_kind::unspecified;
    bool is_virtual = false;
    std::string name;
    std::vector<column_definition> columns;  ///< of super and normal tables
    std::vector<column_definition> tags;     ///< of super tables
    std::string super_table;                 ///< of child tables
    std::vector<tag_setting> tag_values;     ///< of child tables; tags that are NULL are left out
    std::vector<column_source> sources;      ///< of virtual tables; JSON only
    std::optional<std::string> comment;      ///< of child and normal tables; binary form only
    std::optional<std::int32_t> ttl_days;    ///< of child and normal tables, 0 = for ever; binary form only

    friend bool operator==(const created_table&, const created_table&) = default;
};

/// One or more new tables. They may exist already: every insert that would create its table announces it.
struct create_table {
    std::vector<created_table> tables;

    friend bool operator==(const create_table&, const create_table&) = default;
};

/// Kinds of alterations, with the server's numbers. Each names the fields of alter_table that it sets.
enum class alter_type : std::uint8_t {
    add_tag = 1,               ///< column: name, type, length
    drop_tag = 2,              ///< column: name
    rename_tag = 3,            ///< column: name; new_name
    set_tag = 4,               ///< tags: one
    add_column = 5,            ///< column: name, type, length, precision, scale
    drop_column = 6,           ///< column: name
    modify_column_length = 7,  ///< column: name, type, new length
    modify_tag_length = 8,     ///< column: name, type, new length
    options = 9,               ///< ttl_days, comment; nothing in JSON
    rename_column = 10,        ///< column: name; new_name
    add_tag_index = 11,        ///< nothing
    drop_tag_index = 12,       ///< nothing
    compression =
        13,  ///< column: name and what changes of encode, compress, level; JSON has only the first of them
    add_compressed_column =
        14,                  ///< as add_column, with encode, compress, level; JSON has only the first of them
    set_tags = 15,           ///< tags
    set_column_source = 16,  ///< source
    remove_column_source = 17,  ///< column: name
    add_sourced_column = 18,    ///< as add_column, with source
    set_tags_of_tables = 19,    ///< tables
    set_tags_where = 20,        ///< tags, where; JSON only
};

/// A tag's new value, or the way in which it is made from the old one.
struct tag_change {
    std::string name;
    meta_value value;
    std::optional<std::string>
        pattern;  ///< a regular expression: its matches in the old value are replaced...
    std::optional<std::string> replacement;  ///< ...by this

    friend bool operator==(const tag_change&, const tag_change&) = default;
};

struct table_tag_changes {
    std::string table;
    std::vector<tag_change> tags;

    friend bool operator==(const table_tag_changes&, const table_tag_changes&) = default;
};

struct alter_table {
    alter_type type{};
    table_kind kind = table_kind::unspecified;
    std::string table;  ///< empty for set_tags_of_tables

    // The fields that a change has are listed at alter_type.
    column_definition column;
    std::string new_name;
    std::vector<tag_change> tags;
    std::vector<table_tag_changes> tables;
    std::optional<column_source> source;
    std::string where;  ///< an SQL condition on tags; empty: all child tables
    std::optional<std::int32_t> ttl_days;
    std::optional<std::string> comment;

    friend bool operator==(const alter_table&, const alter_table&) = default;
};

struct drop_table {
    table_kind kind = table_kind::unspecified;  ///< super, or unspecified for any other
    std::vector<std::string> names;

    friend bool operator==(const drop_table&, const drop_table&) = default;
};

/// Rows were deleted.
struct delete_data {
    struct time_range {
        std::string table;
        std::string column;      ///< the table's first column
        std::int64_t first = 0;  ///< ticks of the database's precision, both ends included
        std::int64_t last = 0;

        friend bool operator==(const time_range&, const time_range&) = default;
    };

    std::string sql;  ///< the server's statement; its JSON cuts it after 255 bytes
    std::optional<time_range>
        range;  ///< parsed from `sql`; empty if the statement was cut, or is of another form

    friend bool operator==(const delete_data&, const delete_data&) = default;
};

/// A change that this version does not know, as a newer server sent it.
struct unknown_meta {
    std::uint16_t raw_type = 0;  ///< of the binary form; 0 = the change came as JSON
    std::vector<std::byte> raw;  ///< the binary form
    std::string json;            ///< the JSON form: an object

    friend bool operator==(const unknown_meta&, const unknown_meta&) = default;
};

using meta = std::variant<create_table, alter_table, drop_table, delete_data, unknown_meta>;

/// Returns one line of JSON in the server's own shape, `{"type":"create",...}`, but exact: integers with all
/// their digits, strings without quotes inside, bytes as "0x" and hex, JSON tags as JSON. A value that is not
/// exact is `null`, with the server's printed text beside it. Bytes that are not UTF-8 become U+FFFD; control
/// characters are written as \uXXXX.
std::string to_json(const meta& change);

}  // namespace tmq
