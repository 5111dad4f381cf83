#pragma once

#include "embedded_server/sql/database.hpp"
#include "embedded_server/sql/result.hpp"
#include "embedded_server/sql/statement.hpp"
#include "embedded_server/sql/topic.hpp"

#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tmq::embedded {

class broker;

/// Databases and tables, and what SQL does to them and to the broker's topics. Its statements throw nothing but std::bad_alloc, and one that is
/// refused changes nothing.
class sql_executor {
  public:
    using time_point = std::chrono::system_clock::time_point;

    /// `target` must outlive it.
    explicit sql_executor(broker& target) : broker_(target) {}

    /// Executes one statement. `database`: where tables are that it names without one; may be empty.
    sql::outcome execute(std::string_view statement, std::string_view database, time_point now);

  private:
    struct place {
        embedded::database* in = nullptr;
        std::shared_ptr<stored_table> table;  ///< null: there is none of that name
    };
    /// What an INSERT adds to one table.
    struct addition {
        place at;
        std::vector<meta> told;
        std::vector<table_field> columns;
        std::vector<std::vector<sql::value>> rows;
    };

    sql::outcome run(const sql::select_server_version& what);
    sql::outcome run(const sql::show_topics& what);
    sql::outcome run(const sql::show_databases& what);
    sql::outcome run(const sql::create_database& what);
    sql::outcome run(const sql::drop_database& what);
    sql::outcome run(const sql::create_table& what);
    sql::outcome run(const sql::create_children& what);
    sql::outcome run(const sql::drop_table& what);
    sql::outcome run(const sql::alter_table& what);
    sql::outcome run(const sql::insert& what);
    sql::outcome run(const sql::delete_rows& what);
    sql::outcome run(const sql::create_topic& what);
    sql::outcome run(const sql::drop_topic& what);

    /// The database that a name is in, and the table if there is one.
    std::optional<sql::error> locate(const sql::table_name& name, place& out);
    std::optional<sql::error> locate_existing(const sql::table_name& name, place& out);
    std::optional<sql::error> check_fields(const std::vector<column_definition>& columns, const std::vector<column_definition>& tags) const;
    /// Throws std::invalid_argument for what topics cannot be told of: execute() makes an error of it. To be called before anything changes.
    void check_told(const meta& told) const;
    std::optional<sql::error> check_type(const column_definition& column, bool is_tag) const;
    /// Makes the child table that a statement describes; `out.table` stays null when it exists already and may.
    std::optional<sql::error> make_child(const sql::child_table& what, place& out, std::shared_ptr<stored_table>& made);
    std::optional<sql::error> change_fields(const sql::alter_table& what, const place& at);
    std::optional<sql::error> set_tags(const sql::alter_table& what, const place& at);
    std::optional<sql::error> read_target(const sql::insert_target& from, addition& out);
    std::optional<sql::error> select_fields(const sql::create_topic& what, const stored_table& from, sql_topic& out) const;
    bool is_selected(const stored_table& table, std::int32_t field, sql_topic::origin from) const;

    /// Adds a change to the log of one vgroup, or of all when it is of a super table.
    void append(database& in, database_change change);
    void append(database& in, std::size_t vgroup, std::shared_ptr<const database_change> change);
    sql::value_context context(const database& in) const;

    broker& broker_;
    std::string database_;  ///< of the request
    time_point now_;
    std::map<std::string, database, std::less<>> databases_;
    std::map<std::string, sql_topic, std::less<>> topics_;  ///< those that were made by SQL
};

}  // namespace tmq::embedded
