#pragma once

#include "tmq/embedded_server.hpp"
#include "tmq/meta.hpp"
#include "tmq/types.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// What a statement says, whether or not the tables it speaks of exist. Literals are views into the
/// statement.
namespace tmq::embedded::sql {

/// `database` empty: the one of the request.
struct table_name {
    std::string database;
    std::string name;
};

enum class literal_kind : std::uint8_t { null, boolean, number, text, now };

struct literal {
    literal_kind kind = literal_kind::null;
    std::string_view
        spelling;  ///< numbers with their sign, texts with their quotes, NOW with what is added: "NOW + 1s"
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

/// A super table when it has tags.
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
    std::vector<std::string> tag_names;  ///< empty: all
    literals tags;
};

struct create_children {
    std::deque<child_table> tables;
};

struct drop_table {
    table_name table;
    bool if_exists = false;
    bool super = false;  ///< DROP STABLE
};

struct set_tag {
    std::string name;
    literal value;
};

struct alter_table {
    table_name table;
    alter_type what{};
    column_definition column;
    std::vector<set_tag> tags;
};

struct insert_target {
    table_name table;
    std::optional<child_table> created;  ///< USING; `table` is in it too
    std::vector<std::string> columns;    ///< empty: all
    std::vector<literals> rows;
};

struct insert {
    std::deque<insert_target> targets;
};

struct time_condition {
    std::string column;
    std::string_view comparison;  ///< = < <= > >=
    literal value;
};

struct delete_rows {
    table_name table;
    std::vector<time_condition> conditions;
};

struct create_topic {
    std::string name;
    bool if_not_exists = false;
    topic_kind kind = topic_kind::select;
    bool with_meta = false;  ///< metadata too
    bool only_meta = false;  ///< no rows
    table_name source;       ///< of a database topic only the database
    struct item {
        bool all = false;  ///< *
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
                               drop_database, create_table, create_children, drop_table, alter_table, insert,
                               delete_rows, create_topic, drop_topic>;

}  // namespace tmq::embedded::sql
