#pragma once

#include "tmq/meta_value.hpp"
#include "tmq/types.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// A table as its creation announces it, and the parts of it that alterations change. Plain values.
namespace tmq {

enum class table_kind : std::uint8_t {
    unspecified,  ///< the change does not say
    super,
    child,
    normal,
};

/// A column, or a tag as a super table declares it.
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

}  // namespace tmq
