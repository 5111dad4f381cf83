#pragma once

#include "embedded_server/broker/topics.hpp"
#include "embedded_server/server_version.hpp"
#include "embedded_server/sql/database.hpp"
#include "tmq/testing/block_builder.hpp"
#include "tmq/testing/topic_options.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace tmq::embedded::sql {

/// Builds a block of the rows of a change, with the columns of its own table.
/// Throws std::invalid_argument if they cannot be encoded.
testing::block_builder rows_of_table(const database_change& change, time_precision precision);

/// Part of a database's log that a topic shows, and its form.
struct topic_selection {
    enum class origin : std::uint8_t { column, tag, table_name };
    struct field {
        origin source = origin::column;
        std::int32_t id = 0;  ///< Id of the column or tag.
        column_definition definition;
    };

    std::string name;
    std::string database;
    testing::topic_kind kind = testing::topic_kind::select;
    bool with_meta = false;
    bool only_meta = false;
    std::shared_ptr<const stored_table> source;  ///< Null for a database topic.
    std::vector<field> fields;                   ///< Only of a query topic.
    /// Vgroups and offsets of the entries that hold rows without metadata.
    std::multimap<const stored_table*, std::pair<std::int32_t, std::int64_t>> row_entries;

    /// True if the topic has a message for `change`.
    bool shows(const database_change& change) const noexcept;
    /// Appends a change to the log of its vgroup: a message if the topic shows it, else only an offset.
    void append(const database_change& change, time_precision precision, const server_version& version,
                broker::vgroup_log& target);
    /// Removes the rows of a dropped table from the topic. Consumers that have not read them never get them.
    void forget(const stored_table& table, broker::topic& target);
};

}  // namespace tmq::embedded::sql
