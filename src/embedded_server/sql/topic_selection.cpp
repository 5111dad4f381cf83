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

void declare(block_builder& block, const column_definition& column) {
    if (column.precision)
        block.decimal_column(column.name, *column.precision, column.scale.value_or(0));
    else
        block.column(column.name, column.type, column.length.value_or(1));
}

void append_metadata(const meta& told, const server_version& version, broker::vgroup_log& to) {
    broker::encoded_change encoded = broker::encode_change(told, to.id(), version);
    to.append(encoded.raw_type, std::move(encoded.raw), std::move(encoded.json));
}

/// The rows of a change as a query selects them.
block_builder rows_of_query(const database_change& change, const std::vector<topic_selection::field>& fields,
                            time_precision precision) {
    block_builder block(precision);
    for (const topic_selection::field& field : fields)
        declare(block, field.definition);
    std::vector<cell> cells(fields.size());
    std::vector<std::pair<std::size_t, std::size_t>>
        moved;  // columns of the query, and where the row has them
    for (std::size_t i = 0; i < fields.size(); ++i) {
        const topic_selection::field& field = fields[i];
        if (field.from == topic_selection::origin::table_name) {
            cells[i] = cell(change.table->name);
        } else if (field.from == topic_selection::origin::tag) {
            const auto held = change.table->tag_values.find(field.id);
            if (held != change.table->tag_values.end())
                cells[i] = as_cell(held->second, field.definition.type, precision);
        } else if (const table_field* const column = stored_table::find(change.columns, field.id)) {
            moved.emplace_back(i, static_cast<std::size_t>(column - change.columns.data()));
        }
    }
    for (const auto& row : change.rows) {
        for (const auto& [to, from] : moved)
            cells[to] = as_cell(row[from], fields[to].definition.type, precision);
        block.add_row(cells);
    }
    return block;
}

}  // namespace

block_builder rows_of_table(const database_change& change, time_precision precision) {
    block_builder block(precision);
    block.table(change.table->name);
    for (const table_field& column : change.columns)
        declare(block, column.definition);
    std::vector<cell> cells(change.columns.size());
    for (const auto& row : change.rows) {
        for (std::size_t i = 0; i < cells.size(); ++i)
            cells[i] = as_cell(row[i], change.columns[i].definition.type, precision);
        block.add_row(cells);
    }
    return block;
}

bool topic_selection::shows(const database_change& change) const noexcept {
    if (source && change.table != source && change.table->super != source) return false;
    return with_meta && !change.told.empty() ? true
                                             : !only_meta && !change.rows.empty() && !change.table->dropped;
}

void topic_selection::append(const database_change& change, time_precision precision,
                             const server_version& version, broker::vgroup_log& to) {
    if (!shows(change)) return change.rows.empty() ? to.advance(1) : to.insert_unselected();
    const bool tells = with_meta && !change.told.empty();
    if (tells && (only_meta || change.rows.empty())) return append_metadata(change.told.front(), version, to);
    if (change.rows.empty()) return to.advance(1);
    const block_builder block = kind == topic_kind::select ? rows_of_query(change, fields, precision)
                                                           : rows_of_table(change, precision);
    if (!tells) {
        written.emplace(change.table.get(), std::pair(to.id(), to.end()));
        return to.insert(broker::encode_insert(std::span(&block, 1), kind), block.rows());
    }
    // what inserting the rows has created goes with them
    const auto& created = std::get<tmq::create_table>(change.told.front());
    const std::span<const block_builder> blocks(&block, change.table->dropped ? 0 : 1);
    to.append(4,
              encode::encode_data_message_with_tables(blocks, kind, to.next_begin(), to.end() + 1,
                                                      encode::encode_created_tables(created, version)),
              std::make_shared<const std::string>(encode::encode_json_meta(created, version)),
              broker::log_entry_kind::message);
}

void topic_selection::forget(const stored_table& table, broker::topic& from) {
    const auto [first, last] = written.equal_range(&table);
    for (auto at = first; at != last; ++at)
        from.find(at->second.first)->erase(at->second.second);
    written.erase(first, last);
}

}  // namespace tmq::embedded::sql
