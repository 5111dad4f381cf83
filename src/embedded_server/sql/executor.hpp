#pragma once

#include "embedded_server/sql/database.hpp"
#include "embedded_server/sql/result.hpp"
#include "embedded_server/sql/statement.hpp"
#include "embedded_server/sql/topic_selection.hpp"

#include <chrono>
#include <cstddef>
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

/// Databases and tables, and what SQL does to them and to the broker's topics. Its statements throw nothing
/// but std::bad_alloc, and one that is refused changes nothing.
class executor {
  public:
    using time_point = std::chrono::system_clock::time_point;

    /// `target` must outlive it.
    explicit executor(broker::broker& target) : broker_(target) {}

    /// Executes one statement. `in_database`: where tables are that it names without one; may be empty.
    outcome execute(std::string_view text, std::string_view in_database, time_point now);

  private:
    struct place {
        sql::database* in = nullptr;
        std::shared_ptr<stored_table> table;  ///< null: there is none of that name
    };
    /// What an INSERT adds to one table.
    struct addition {
        place at;
        std::vector<meta> told;
        std::vector<table_field> columns;
        std::vector<std::vector<value>> rows;
    };

    outcome run(const select_server_version& what);
    outcome run(const show_topics& what);
    outcome run(const show_databases& what);
    outcome run(const create_database& what);
    outcome run(const drop_database& what);
    outcome run(const create_table& what);
    outcome run(const create_children& what);
    outcome run(const drop_table& what);
    outcome run(const alter_table& what);
    outcome run(const insert& what);
    outcome run(const delete_rows& what);
    outcome run(const create_topic& what);
    outcome run(const drop_topic& what);

    /// The database that a name is in, and the table if there is one.
    std::optional<error> locate(const table_name& name, place& out);
    std::optional<error> locate_existing(const table_name& name, place& out);
    std::optional<error> check_fields(const std::vector<column_definition>& columns,
                                      const std::vector<column_definition>& tags) const;
    /// Throws std::invalid_argument for what topics cannot be told of: execute() makes an error of it. To be
    /// called before anything changes.
    void check_told(const meta& told) const;
    std::optional<error> check_type(const column_definition& column, bool is_tag) const;
    /// Makes the child table that a statement describes; `out.table` stays null when it exists already and
    /// may.
    std::optional<error> make_child(const child_table& what, place& out, std::shared_ptr<stored_table>& made);
    std::optional<error> change_fields(const alter_table& what, const place& at);
    std::optional<error> set_tags(const alter_table& what, const place& at);
    std::optional<error> read_target(const insert_target& from, addition& out);
    std::optional<error> select_fields(const create_topic& what, const stored_table& from,
                                       topic_selection& out) const;
    bool is_selected(const stored_table& table, std::int32_t field, topic_selection::origin from) const;

    /// Adds a change to the log of one vgroup, or of all when it is of a super table.
    void append(database& in, database_change change);
    void append(database& in, std::size_t vgroup, std::shared_ptr<const database_change> change);
    value_context context(const database& in) const;

    broker::broker& broker_;
    std::string database_;  ///< of the request
    time_point now_;
    std::map<std::string, database, std::less<>> databases_;
    std::map<std::string, topic_selection, std::less<>> topics_;  ///< those that were made by SQL
};

}  // namespace tmq::embedded::sql
