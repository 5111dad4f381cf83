#pragma once

#include "embedded_server/broker/topics.hpp"
#include "embedded_server/server_version.hpp"
#include "embedded_server/sql/database.hpp"
#include "tmq/embedded_server.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace tmq::embedded::sql {

/// The rows of a change as its own table has them. Throws std::invalid_argument for what cannot be encoded.
block_builder rows_of_table(const database_change& change, time_precision precision);

/// Which part of a database's log a topic shows, and how.
struct topic_selection {
    enum class origin : std::uint8_t { column, tag, table_name };
    struct field {
        origin from = origin::column;
        std::int32_t id = 0;  ///< of the column or tag
        column_definition definition;
    };

    std::string name;
    std::string database;
    topic_kind kind = topic_kind::select;
    bool with_meta = false;
    bool only_meta = false;
    std::shared_ptr<const stored_table> source;  ///< null for a database
    std::vector<field> fields;                   ///< of a query
    std::multimap<const stored_table*, std::pair<std::int32_t, std::int64_t>>
        written;  ///< vgroups and offsets of rows without metadata

    bool shows(const database_change& change) const noexcept;
    /// Appends what the topic shows of a change to the log of its vgroup: a message, or an offset without
    /// one.
    void append(const database_change& change, time_precision precision, const server_version& version,
                broker::vgroup_log& to);
    /// Takes the rows of a table that was dropped out of the topic: who has not read them never will.
    void forget(const stored_table& table, broker::topic& from);
};

}  // namespace tmq::embedded::sql
