#pragma once

#include "tmq/alteration.hpp"
#include "tmq/table_definition.hpp"

#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <variant>
#include <vector>

/// Table changes, which topics `WITH META` carry beside the rows. Plain values that own what they hold.
///
/// They come in two forms: the server's binary form, which is exact, and its JSON, which passes all numbers
/// through doubles. A field that only one of the forms has says so. See docs/protocol.md, Table changes.
namespace tmq {

/// One or more new tables. They may exist already: every insert that would create its table announces it.
struct create_table {
    std::vector<created_table> tables;

    friend bool operator==(const create_table&, const create_table&) = default;
};

/// A table was changed; or, with alterations::set_tags_of_tables and set_tags_where, child tables were.
struct alter_table {
    table_kind kind = table_kind::unspecified;
    std::string table;  ///< empty if `change` is alterations::set_tags_of_tables
    alteration change;  ///< for std::visit, std::get_if and std::holds_alternative

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
/// Writes to_json(change).
std::ostream& operator<<(std::ostream& out, const meta& change);

}  // namespace tmq
