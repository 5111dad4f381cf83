#include "embedded_server/sql/topic_selection.hpp"

#include "embedded_server/broker/gathered_message.hpp"
#include "embedded_server/broker/log_writer.hpp"
#include "embedded_server/encode/block_writer.hpp"
#include "embedded_server/encode/meta_bytes.hpp"
#include "embedded_server/encode/meta_json.hpp"

#include <algorithm>
#include <span>
#include <utility>

namespace tmq::embedded::sql {

namespace {

/// raw_type of a message that holds rows and the tables created for them.
constexpr std::uint16_t data_with_tables = 4;

void declare(testing::block_builder& block, const column_definition& column) {
    if (column.precision)
        block.decimal_column(column.name, *column.precision, column.scale.value_or(0));
    else
        block.column(column.name, column.type, column.length.value_or(1));
}

void append_metadata(const meta& change, const server_version& version, broker::vgroup_log& target) {
    broker::encoded_change encoded = broker::encode_change(change, target.id(), version);
    target.append(encoded.raw_type, std::move(encoded.raw), std::move(encoded.json));
}

/// Builds a block of the rows of a change, with the columns that a query selects.
testing::block_builder rows_of_query(const database_change& change,
                                     const std::vector<topic_selection::field>& fields,
                                     time_precision precision) {
    testing::block_builder block(precision);
    for (const topic_selection::field& field : fields)
        declare(block, field.definition);
    std::vector<testing::cell> cells(fields.size());
    // Pairs of a column's index in the query and its index in the rows of the change.
    std::vector<std::pair<std::size_t, std::size_t>> column_pairs;
    for (std::size_t i = 0; i < fields.size(); ++i) {
        const topic_selection::field& field = fields[i];
        if (field.source == topic_selection::origin::table_name) {
            cells[i] = testing::cell(change.table->name);
        } else if (field.source == topic_selection::origin::tag) {
            const auto tag = change.table->tag_values.find(field.id);
            if (tag != change.table->tag_values.end())
                cells[i] = as_cell(tag->second, field.definition.type, precision);
        } else if (const table_field* const column = stored_table::find(change.columns, field.id)) {
            column_pairs.emplace_back(i, static_cast<std::size_t>(column - change.columns.data()));
        }
    }
    for (const auto& row : change.rows) {
        for (const auto& [target, source] : column_pairs)
            cells[target] = as_cell(row[source], fields[target].definition.type, precision);
        block.add_row(cells);
    }
    return block;
}

}  // namespace

testing::block_builder rows_of_table(const database_change& change, time_precision precision) {
    testing::block_builder block(precision);
    block.table(change.table->name);
    for (const table_field& column : change.columns)
        declare(block, column.definition);
    std::vector<testing::cell> cells(change.columns.size());
    for (const auto& row : change.rows) {
        for (std::size_t i = 0; i < cells.size(); ++i)
            cells[i] = as_cell(row[i], change.columns[i].definition.type, precision);
        block.add_row(cells);
    }
    return block;
}

bool topic_selection::shows(const database_change& change) const noexcept {
    if (source && change.table != source && change.table->super != source) return false;
    if (with_meta && !change.metadata.empty()) return true;
    return !only_meta && !change.rows.empty() && !change.table->dropped;
}

void topic_selection::append(const database_change& change, time_precision precision,
                             const server_version& version, broker::vgroup_log& target) {
    if (!shows(change)) {
        if (change.rows.empty())
            target.advance(1);
        else
            target.insert_unselected();
        return;
    }
    const bool has_metadata = with_meta && !change.metadata.empty();
    if (has_metadata && (only_meta || change.rows.empty())) {
        append_metadata(change.metadata.front(), version, target);
        return;
    }
    if (change.rows.empty()) {
        target.advance(1);
        return;
    }
    const testing::block_builder block = kind == testing::topic_kind::select
                                             ? rows_of_query(change, fields, precision)
                                             : rows_of_table(change, precision);
    if (!has_metadata) {
        row_entries.emplace(change.table.get(), std::pair(target.id(), target.end()));
        target.insert(broker::encode_insert(std::span(&block, 1), kind), block.rows());
        return;
    }
    // One message holds the rows and the table that the insert has created.
    const auto& created = std::get<tmq::create_table>(change.metadata.front());
    const std::span<const testing::block_builder> blocks(&block, change.table->dropped ? 0 : 1);
    target.append(data_with_tables,
                  encode::encode_data_message_with_tables(blocks, kind, target.next_begin(), target.end() + 1,
                                                          encode::encode_created_tables(created, version)),
                  std::make_shared<const std::string>(encode::encode_json_meta(created, version)),
                  broker::log_entry_kind::message);
}

void topic_selection::forget(const stored_table& table, broker::topic& target) {
    const auto [first, last] = row_entries.equal_range(&table);
    for (auto entry = first; entry != last; ++entry)
        target.find(entry->second.first)->erase(entry->second.second);
    row_entries.erase(first, last);
}

}  // namespace tmq::embedded::sql
