#pragma once

#include "tmq/meta.hpp"
#include "tmq/testing/topic_options.hpp"
#include "tmq/types.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// Contents of a statement. Its tables need not exist.
/// Lifetime: literals are views of the statement's text.
namespace tmq::embedded::sql {

constexpr std::size_t most_columns = 4096;  ///< Limit of a table and of a query.
constexpr std::size_t most_tags = 128;

/// Name of a table. An empty `database` means the database of the request.
struct table_name {
    std::string database;
    std::string name;
};

enum class literal_kind : std::uint8_t { null, boolean, number, text, now };

struct literal {
    literal_kind kind = literal_kind::null;
    /// Numbers include their sign, texts their quotes, and NOW its duration: "NOW + 1s".
    std::string_view spelling;
};

using literals = std::vector<literal>;

struct create_database {
    std::string name;
    bool if_not_exists = false;
    std::int32_t vgroups = 2;
    time_precision precision = time_precision::milliseconds;
};

struct drop_database {
    std::string name;
    bool if_exists = false;
};

/// Creates a super table if it has tags.
struct create_table {
    table_name table;
    bool if_not_exists = false;
    std::vector<column_definition> columns;
    std::vector<column_definition> tags;
};

struct child_table {
    table_name table;
    bool if_not_exists = false;
    table_name super;
    std::vector<std::string> tag_names;  ///< Empty: all tags.
    literals tags;
};

struct create_children {
    std::deque<child_table> tables;
};

struct drop_table {
    table_name table;
    bool if_exists = false;
    bool super = false;  ///< DROP STABLE, not DROP TABLE.
};

struct set_tag {
    std::string name;
    literal value;
};

struct set_tags {
    table_name table;
    std::vector<set_tag> tags;
};

/// Alterations of columns and tags that this server can do.
using field_alteration =
    std::variant<alterations::add_column, alterations::drop_column, alterations::modify_column_length,
                 alterations::add_tag, alterations::drop_tag, alterations::modify_tag_length>;

struct alter_table {
    table_name table;
    field_alteration change;
};

struct insert_target {
    table_name table;
    std::optional<child_table> created;  ///< The USING clause; contains `table` too.
    std::vector<std::string> columns;    ///< Empty: all columns.
    std::vector<literals> rows;
};

struct insert {
    std::deque<insert_target> targets;
};

struct time_condition {
    std::string column;
    std::string_view comparison;  ///< One of = < <= > >=.
    literal value;
};

struct delete_rows {
    table_name table;
    std::vector<time_condition> conditions;
};

struct create_topic {
    std::string name;
    bool if_not_exists = false;
    testing::topic_kind kind = testing::topic_kind::select;
    bool with_meta = false;  ///< The topic shows metadata too.
    bool only_meta = false;  ///< The topic shows no rows.
    table_name source;       ///< Only the database for a database topic.
    struct item {
        bool all = false;  ///< The item is *.
        std::string name;
    };
    std::vector<item> items;
};

struct drop_topic {
    std::string name;
    bool if_exists = false;
};

struct select_server_version {};
struct show_topics {};
struct show_databases {};

using statement = std::variant<select_server_version, show_topics, show_databases, create_database,
                               drop_database, create_table, create_children, drop_table, alter_table,
                               set_tags, insert, delete_rows, create_topic, drop_topic>;

}  // namespace tmq::embedded::sql
