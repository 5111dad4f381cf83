#pragma once

#include "embedded_server/sql/database.hpp"
#include "embedded_server/sql/result.hpp"
#include "embedded_server/sql/statement.hpp"
#include "embedded_server/sql/topic_selection.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tmq::embedded::broker {
class broker;
}

namespace tmq::embedded::sql {

/// Executes SQL on databases and tables, which it holds, and on the broker's topics.
/// A refused statement changes nothing.
class executor {
  public:
    using time_point = std::chrono::system_clock::time_point;

    /// Lifetime: `target` must outlive the executor.
    explicit executor(broker::broker& target) : broker_(target) {}

    /// Executes one statement. Names without a database belong to `default_database`, which may be empty.
    /// Throws: only std::bad_alloc.
    outcome execute(std::string_view text, std::string_view default_database, time_point now);

  private:
    /// Target of a table name.
    struct location {
        sql::database* database = nullptr;
        std::shared_ptr<stored_table> table;  ///< Null if the database has no table of that name.
    };
    /// Rows that an INSERT adds to one table, and the metadata of that table if the INSERT creates it.
    struct addition {
        location target;
        std::vector<meta> metadata;
        std::vector<table_field> columns;
        std::vector<std::vector<value>> rows;
    };

    outcome run(const select_server_version& command);
    outcome run(const show_topics& command);
    outcome run(const show_databases& command);
    outcome run(const create_database& command);
    outcome run(const drop_database& command);
    outcome run(const create_table& command);
    outcome run(const create_children& command);
    outcome run(const drop_table& command);
    outcome run(const alter_table& command);
    outcome run(const set_tags& command);
    outcome run(const insert& command);
    outcome run(const delete_rows& command);
    outcome run(const create_topic& command);
    outcome run(const drop_topic& command);

    /// Finds the database of a name, and the table if it exists.
    std::optional<error> locate(const table_name& name, location& out);
    /// Refuses a table that does not exist.
    std::optional<error> locate_existing(const table_name& name, location& out);
    std::optional<error> check_fields(const std::vector<column_definition>& columns,
                                      const std::vector<column_definition>& tags) const;
    /// Checks that topics can encode the metadata; called before anything changes.
    /// Throws std::invalid_argument, which execute() turns into an error.
    void check_metadata(const meta& metadata) const;
    std::optional<error> check_type(const column_definition& column, bool is_tag) const;
    /// Makes the child table that a statement describes. `child` stays null if the table exists already and
    /// IF NOT EXISTS allows it.
    std::optional<error> make_child(const child_table& description, location& out,
                                    std::shared_ptr<stored_table>& child);
    std::optional<error> read_tags(const child_table& description, const database& source,
                                   stored_table& child) const;
    std::optional<error> change_fields(const field_alteration& change, const location& target);
    std::optional<error> apply(const alterations::add_column& change, stored_table& table) const;
    std::optional<error> apply(const alterations::drop_column& change, stored_table& table) const;
    std::optional<error> apply(const alterations::modify_column_length& change, stored_table& table) const;
    std::optional<error> apply(const alterations::add_tag& change, stored_table& table) const;
    std::optional<error> apply(const alterations::drop_tag& change, stored_table& table) const;
    std::optional<error> apply(const alterations::modify_tag_length& change, stored_table& table) const;
    std::optional<error> add_field(const column_definition& column, bool is_tag, stored_table& table) const;
    std::optional<error> drop_field(const std::string& name, bool is_tag, stored_table& table) const;
    /// Gives a column or tag of this type a new length.
    std::optional<error> lengthen_field(const std::string& name, data_type type,
                                        std::optional<std::int32_t> length, bool is_tag,
                                        stored_table& table) const;
    std::optional<error> change_tags(const std::vector<set_tag>& assignments, const location& target);
    std::optional<error> read_target(const insert_target& source, addition& out);
    std::optional<error> read_rows(const insert_target& source, const std::vector<std::size_t>& indexes,
                                   addition& out) const;
    std::optional<error> read_additions(const insert& command, std::deque<addition>& out);
    std::optional<error> read_time_range(const delete_rows& command, const location& target,
                                         delete_data::time_range& out) const;
    std::optional<error> select_fields(const create_topic& command, const stored_table& source,
                                       topic_selection& out) const;
    /// True if a topic selects the field.
    bool is_selected(const stored_table& table, std::int32_t field, topic_selection::origin source) const;
    /// Creates the broker's topic for `selection` and fills its logs with the changes so far.
    void create_logs(const database& source, topic_selection& selection);

    /// Appends a change to the log of one vgroup, or of all vgroups if its table is a super table.
    void append(database& target, database_change change);
    void append(database& target, std::size_t vgroup, std::shared_ptr<const database_change> change);
    value_context context(const database& source) const;

    broker::broker& broker_;
    std::string database_;  ///< Database of the request.
    time_point now_;
    std::map<std::string, database, std::less<>> databases_;
    std::map<std::string, topic_selection, std::less<>> topics_;  ///< Topics that SQL has created.
};

}  // namespace tmq::embedded::sql
