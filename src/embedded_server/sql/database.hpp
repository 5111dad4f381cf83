#pragma once

#include "embedded_server/sql/value.hpp"
#include "tmq/meta.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tmq::embedded::sql {

/// Column or tag of a table. Its id stays the same when other fields are added or dropped.
struct table_field {
    std::int32_t id = 0;
    column_definition definition;
};

struct stored_table {
    table_kind kind = table_kind::normal;
    std::string name;
    std::vector<table_field> columns;     ///< Only of super and normal tables.
    std::vector<table_field> tags;        ///< Only of super tables.
    std::int32_t last_field = 0;          ///< Id of the newest field.
    std::shared_ptr<stored_table> super;  ///< Only of child tables.
    std::map<std::int32_t, value>
        tag_values;          ///< Only of child tables, by the id of the tag; NULL if missing.
    std::size_t vgroup = 0;  ///< Only of child and normal tables: index in the database.
    bool dropped = false;

    /// Table that declares the columns: this one or its super table.
    const stored_table& schema() const noexcept { return super ? *super : *this; }
    /// Returns null if there is no such field.
    static const table_field* find(const std::vector<table_field>& fields, std::string_view name) noexcept;
    static const table_field* find(const std::vector<table_field>& fields, std::int32_t id) noexcept;
    /// Adds a field to `fields` and gives it an id.
    void add(std::vector<table_field>& fields, column_definition definition);
};

/// Effect of one statement on one table in one vgroup: an entry of that vgroup's log.
struct database_change {
    std::shared_ptr<const stored_table> table;
    std::vector<meta> metadata;        ///< Table changes, for topics with metadata.
    std::vector<table_field> columns;  ///< Columns of the rows.
    std::vector<std::vector<value>> rows;
};

/// Tables, and one log per vgroup of all changes to them.
class database {
  public:
    database(std::string name, time_precision precision, std::int32_t first_vgroup, std::int32_t vgroups)
        : name_(std::move(name)),
          precision_(precision),
          first_vgroup_(first_vgroup),
          logs_(static_cast<std::size_t>(vgroups)) {}

    const std::string& name() const noexcept { return name_; }
    time_precision precision() const noexcept { return precision_; }
    std::int32_t first_vgroup() const noexcept { return first_vgroup_; }
    std::int32_t vgroups() const noexcept { return static_cast<std::int32_t>(logs_.size()); }

    /// Returns null if there is no such table.
    std::shared_ptr<stored_table> find(std::string_view table) const;
    /// Returns the index of the vgroup for a table of this name, counted from 0.
    std::size_t vgroup_of(std::string_view table) const noexcept;
    void add(std::shared_ptr<stored_table> table);
    /// Drops a table; a super table together with its child tables. Returns all dropped tables.
    std::vector<std::shared_ptr<stored_table>> drop(const std::shared_ptr<stored_table>& table);

    using log = std::vector<std::shared_ptr<const database_change>>;
    const std::vector<log>& logs() const noexcept { return logs_; }
    void append(std::size_t vgroup, std::shared_ptr<const database_change> change) {
        logs_.at(vgroup).push_back(std::move(change));
    }

  private:
    std::string name_;
    time_precision precision_;
    std::int32_t first_vgroup_;
    std::vector<log> logs_;
    std::map<std::string, std::shared_ptr<stored_table>, std::less<>> tables_;
};

}  // namespace tmq::embedded::sql
