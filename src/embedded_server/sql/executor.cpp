#include "embedded_server/sql/executor.hpp"

#include "embedded_server/broker/broker.hpp"
#include "embedded_server/encode/meta_bytes.hpp"
#include "embedded_server/sql/errors.hpp"
#include "tmq/testing/topic_options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <limits>
#include <set>
#include <stdexcept>
#include <utility>
#include <variant>

namespace tmq::embedded::sql {

using optional_error = std::optional<error>;

namespace {

std::vector<column_definition> definitions(const std::vector<table_field>& fields) {
    std::vector<column_definition> all;
    for (const table_field& field : fields)
        all.push_back(field.definition);
    return all;
}

created_table description(const stored_table& table) {
    created_table out;
    out.kind = table.kind;
    out.name = table.name;
    out.columns = definitions(table.columns);
    out.tags = definitions(table.tags);
    if (!table.super) return out;
    out.super_table = table.super->name;
    for (const table_field& tag : table.super->tags) {
        const auto entry = table.tag_values.find(tag.id);
        if (entry == table.tag_values.end()) continue;
        meta_value tag_value;
        tag_value.type = tag.definition.type;
        tag_value.data = entry->second;
        out.tag_values.push_back({tag.definition.name, std::move(tag_value)});
    }
    return out;
}

meta creation(const stored_table& table) { return tmq::create_table{{description(table)}}; }

/// True if the topic shows the table, or child tables of it.
bool covers(const topic_selection& topic, const stored_table& table) {
    return topic.source && (topic.source.get() == &table || topic.source->super.get() == &table);
}

bool has_length(data_type type) {
    return type == data_type::varchar || type == data_type::nchar || type == data_type::varbinary ||
           type == data_type::geometry;
}

std::vector<table_field>::iterator find_field(std::vector<table_field>& fields, const std::string& name) {
    return std::find_if(fields.begin(), fields.end(),
                        [&](const table_field& candidate) { return candidate.definition.name == name; });
}

topic_selection::origin origin_of(bool is_tag) noexcept {
    return is_tag ? topic_selection::origin::tag : topic_selection::origin::column;
}

bool same_columns(const std::vector<table_field>& first, const std::vector<table_field>& second) {
    return std::equal(first.begin(), first.end(), second.begin(), second.end(),
                      [](const table_field& a, const table_field& b) { return a.id == b.id; });
}

/// Sorts rows by time, as the server stores them. The last of several rows with the same time stays.
void sort_rows(std::vector<std::vector<value>>& rows) {
    const auto time = [](const auto& row) { return std::get<std::int64_t>(row.front()); };
    const auto unordered = [time](const auto& a, const auto& b) { return time(a) >= time(b); };
    if (std::adjacent_find(rows.begin(), rows.end(), unordered) == rows.end()) return;
    std::map<std::int64_t, std::vector<value>> sorted;
    for (auto& row : rows) {
        const std::int64_t row_time = time(row);
        sorted.insert_or_assign(row_time, std::move(row));
    }
    rows.clear();
    for (auto& [row_time, row] : sorted)
        rows.push_back(std::move(row));
}

/// Counts the rows in one vgroup that a deletion removes from a table, or from its child tables.
std::int64_t count_rows(const database::log& log, const stored_table& table,
                        const delete_data::time_range& range) {
    using times = std::set<std::int64_t>;
    std::map<const stored_table*, times> all;
    for (const auto& change : log) {
        for (const auto& row : change->rows)
            all[change->table.get()].insert(std::get<std::int64_t>(row.front()));
        for (const meta& metadata : change->metadata) {
            const auto* const deletion = std::get_if<delete_data>(&metadata);
            if (!deletion || !deletion->range) continue;
            for (auto& [owner, stored] : all)
                if (owner == change->table.get() || owner->super == change->table)
                    stored.erase(stored.lower_bound(deletion->range->first),
                                 stored.upper_bound(deletion->range->last));
        }
    }
    std::int64_t count = 0;
    for (const auto& [owner, stored] : all)
        if (!owner->dropped && (owner == &table || owner->super.get() == &table))
            count += std::distance(stored.lower_bound(range.first), stored.upper_bound(range.last));
    return count;
}

/// Narrows `range` to the times that compare true with `ticks`.
void narrow(delete_data::time_range& range, std::string_view comparison, std::int64_t ticks) {
    using limits = std::numeric_limits<std::int64_t>;
    if (comparison == "=" || comparison == ">=") range.first = std::max(range.first, ticks);
    if (comparison == "=" || comparison == "<=") range.last = std::min(range.last, ticks);
    if (comparison == ">") range.first = std::max(range.first, ticks == limits::max() ? ticks : ticks + 1);
    if (comparison == "<") range.last = std::min(range.last, ticks == limits::min() ? ticks : ticks - 1);
}

}  // namespace

outcome executor::execute(std::string_view text, std::string_view default_database, time_point now) {
    database_ = default_database;
    now_ = now;
    auto parsed = parse(text);
    if (auto* const failed = std::get_if<error>(&parsed)) return std::move(*failed);
    if (!default_database.empty() && databases_.find(default_database) == databases_.end())
        return errors::database_not_exist();
    try {
        return std::visit([this](const auto& command) { return run(command); }, std::get<statement>(parsed));
    } catch (const std::invalid_argument& e) {
        // Encoders throw it for values that they cannot encode.
        return errors::invalid_value(e.what());
    }
}

void executor::check_metadata(const meta& metadata) const {
    encode::encode_raw_meta(metadata, 1, broker_.replies().version());
}

outcome executor::run(const select_server_version&) {
    constexpr std::int32_t bytes = 32;
    return text_column("server_version()", bytes, {broker_.replies().version().text()});
}

outcome executor::run(const show_topics&) {
    constexpr std::int32_t bytes = 192;
    return text_column("topic_name", bytes, broker_.topics().names());
}

outcome executor::run(const show_databases&) {
    constexpr std::int32_t bytes = 64;
    std::vector<std::string> names = {"information_schema", "performance_schema"};
    for (const auto& [name, stored] : databases_)
        names.push_back(name);
    return text_column("name", bytes, std::move(names));
}

outcome executor::run(const create_database& command) {
    if (databases_.find(command.name) != databases_.end()) {
        if (command.if_not_exists) return affected_rows(0);
        return errors::database_exists();
    }
    const std::int32_t first = broker_.topics().reserve_vgroups(command.vgroups);
    databases_.try_emplace(command.name, command.name, command.precision, first, command.vgroups);
    return affected_rows(0);
}

outcome executor::run(const drop_database& command) {
    const auto entry = databases_.find(command.name);
    if (entry == databases_.end()) {
        if (command.if_exists) return affected_rows(0);
        return errors::database_not_exist();
    }
    for (const auto& [name, topic] : topics_)
        if (topic.database == command.name) return errors::topic_must_be_dropped();
    databases_.erase(entry);
    return affected_rows(0);
}

optional_error executor::locate(const table_name& name, location& out) {
    const std::string& database_name = name.database.empty() ? database_ : name.database;
    if (database_name.empty()) return errors::database_not_specified();
    const auto entry = databases_.find(database_name);
    if (entry == databases_.end()) return errors::database_not_exist();
    out.database = &entry->second;
    out.table = entry->second.find(name.name);
    return std::nullopt;
}

optional_error executor::locate_existing(const table_name& name, location& out) {
    if (auto failed = locate(name, out)) return failed;
    if (!out.table) return errors::table_not_exist(name.name);
    return std::nullopt;
}

optional_error executor::check_type(const column_definition& column, bool is_tag) const {
    const server_version& version = broker_.replies().version();
    const bool decimal = column.type == data_type::decimal || column.type == data_type::decimal64;
    const bool blob = column.type == data_type::blob;
    if ((decimal && !version.has_decimal()) || (blob && !version.has_blob()))
        return error{syntax_error, fmt::format("syntax error near \"{}\": version {} has no {}", column.name,
                                               version.text(), to_string(column.type))};
    if (is_tag && (decimal || blob))
        return error{syntax_error, fmt::format("syntax error near \"{}\": no tag is a {}", column.name,
                                               to_string(column.type))};
    if (!is_tag && column.type == data_type::json) return errors::json_only_as_tag();
    return std::nullopt;
}

optional_error executor::check_fields(const std::vector<column_definition>& columns,
                                      const std::vector<column_definition>& tags) const {
    if (columns.front().type != data_type::timestamp) return errors::first_column();
    std::set<std::string_view> names;
    for (const auto* const fields : {&columns, &tags})
        for (const column_definition& field : *fields) {
            if (!names.insert(field.name).second) return errors::duplicated_column(field.name);
            if (auto failed = check_type(field, fields == &tags)) return failed;
            if (field.type == data_type::json && tags.size() > 1) return errors::only_one_json_tag();
        }
    return std::nullopt;
}

outcome executor::run(const create_table& command) {
    location target;
    if (auto failed = locate(command.table, target)) return std::move(*failed);
    const bool super = !command.tags.empty();
    if (target.table) {
        const bool same_kind = super == (target.table->kind == table_kind::super);
        if (command.if_not_exists && same_kind) return affected_rows(0);
        return super && same_kind ? errors::stable_exists() : errors::table_exists();
    }
    if (auto failed = check_fields(command.columns, command.tags)) return std::move(*failed);
    auto table = std::make_shared<stored_table>();
    table->kind = super ? table_kind::super : table_kind::normal;
    table->name = command.table.name;
    for (const column_definition& column : command.columns)
        table->add(table->columns, column);
    for (const column_definition& tag : command.tags)
        table->add(table->tags, tag);
    table->vgroup = target.database->vgroup_of(table->name);
    check_metadata(creation(*table));
    target.database->add(table);
    append(*target.database, {table, {creation(*table)}, {}, {}});
    return affected_rows(0);
}

optional_error executor::make_child(const child_table& description, location& out,
                                    std::shared_ptr<stored_table>& child) {
    if (auto failed = locate(description.table, out)) return failed;
    location super;
    if (auto failed = locate_existing(description.super, super)) return failed;
    if (super.table->kind != table_kind::super) return errors::not_a_stable();
    if (super.database != out.database) return errors::wrong_stable();
    if (out.table) {
        if (out.table->super == super.table && description.if_not_exists) return std::nullopt;
        return errors::table_exists();
    }
    auto table = std::make_shared<stored_table>();
    table->kind = table_kind::child;
    table->name = description.table.name;
    table->super = super.table;
    if (auto failed = read_tags(description, *out.database, *table)) return failed;
    table->vgroup = out.database->vgroup_of(table->name);
    check_metadata(creation(*table));
    child = std::move(table);
    return std::nullopt;
}

optional_error executor::read_tags(const child_table& description, const database& source,
                                   stored_table& child) const {
    const std::vector<table_field>& tags = child.super->tags;
    const std::vector<std::string>& names = description.tag_names;
    if (description.tags.size() != (names.empty() ? tags.size() : names.size()))
        return errors::tags_not_matched();
    for (std::size_t i = 0; i < description.tags.size(); ++i) {
        const table_field* const tag = names.empty() ? &tags[i] : stored_table::find(tags, names[i]);
        if (!tag) return errors::invalid_tag(names[i]);
        auto tag_value = convert(description.tags[i], tag->definition, context(source));
        if (auto* const failed = std::get_if<error>(&tag_value)) return std::move(*failed);
        if (std::get<value>(tag_value).index() != 0)
            child.tag_values.insert_or_assign(tag->id, std::move(std::get<value>(tag_value)));
    }
    return std::nullopt;
}

outcome executor::run(const create_children& command) {
    std::vector<std::pair<database*, std::shared_ptr<stored_table>>> children;
    for (const child_table& description : command.tables) {
        location target;
        std::shared_ptr<stored_table> child;
        if (auto failed = make_child(description, target, child)) return std::move(*failed);
        if (child) children.emplace_back(target.database, std::move(child));
    }
    for (auto& [target, child] : children) {
        if (target->find(child->name)) continue;
        target->add(child);
        append(*target, {child, {creation(*child)}, {}, {}});
    }
    return affected_rows(0);
}

outcome executor::run(const drop_table& command) {
    location target;
    if (auto failed = locate(command.table, target)) return std::move(*failed);
    if (!target.table) {
        if (command.if_exists) return affected_rows(0);
        return errors::table_not_exist(command.table.name);
    }
    const bool super = target.table->kind == table_kind::super;
    if (command.super && !super) return errors::not_a_stable();
    if (super)
        for (const auto& [name, topic] : topics_)
            if (covers(topic, *target.table)) return errors::topic_must_be_dropped();
    for (const auto& table : target.database->drop(target.table))
        for (auto& [name, topic] : topics_)
            if (topic.database == target.database->name()) topic.forget(*table, broker_.topics().at(name));
    const table_kind kind = super ? table_kind::super : table_kind::unspecified;
    append(*target.database, {target.table, {tmq::drop_table{kind, {target.table->name}}}, {}, {}});
    return affected_rows(0);
}

bool executor::is_selected(const stored_table& table, std::int32_t field,
                           topic_selection::origin source) const {
    return std::any_of(topics_.begin(), topics_.end(), [&](const auto& entry) {
        const topic_selection& topic = entry.second;
        return covers(topic, table) && std::any_of(topic.fields.begin(), topic.fields.end(),
                                                   [&](const topic_selection::field& selected) {
                                                       return selected.source == source &&
                                                              selected.id == field;
                                                   });
    });
}

outcome executor::run(const alter_table& command) {
    location target;
    if (auto failed = locate_existing(command.table, target)) return std::move(*failed);
    if (auto failed = change_fields(command.change, target)) return std::move(*failed);
    return affected_rows(0);
}

outcome executor::run(const set_tags& command) {
    location target;
    if (auto failed = locate_existing(command.table, target)) return std::move(*failed);
    if (auto failed = change_tags(command.tags, target)) return std::move(*failed);
    return affected_rows(0);
}

optional_error executor::change_fields(const field_alteration& change, const location& target) {
    stored_table& table = *target.table;
    const bool is_of_tag = std::holds_alternative<alterations::add_tag>(change) ||
                           std::holds_alternative<alterations::drop_tag>(change) ||
                           std::holds_alternative<alterations::modify_tag_length>(change);
    if (table.kind == table_kind::child || (is_of_tag && table.kind != table_kind::super))
        return errors::wrong_table_kind();
    tmq::alter_table metadata;
    metadata.kind = table.kind;
    metadata.table = table.name;
    std::visit([&](const auto& known) { metadata.change = known; }, change);
    check_metadata(metadata);
    if (auto failed = std::visit([&](const auto& known) { return apply(known, table); }, change))
        return failed;
    append(*target.database, {target.table, {std::move(metadata)}, {}, {}});
    return std::nullopt;
}

optional_error executor::apply(const alterations::add_column& change, stored_table& table) const {
    return add_field(change.column, false, table);
}
optional_error executor::apply(const alterations::drop_column& change, stored_table& table) const {
    return drop_field(change.name, false, table);
}
optional_error executor::apply(const alterations::modify_column_length& change, stored_table& table) const {
    return lengthen_field(change.name, change.type, change.length, false, table);
}
optional_error executor::apply(const alterations::add_tag& change, stored_table& table) const {
    return add_field(change.tag, true, table);
}
optional_error executor::apply(const alterations::drop_tag& change, stored_table& table) const {
    return drop_field(change.name, true, table);
}
optional_error executor::apply(const alterations::modify_tag_length& change, stored_table& table) const {
    return lengthen_field(change.name, change.type, change.length, true, table);
}

optional_error executor::add_field(const column_definition& column, bool is_tag, stored_table& table) const {
    std::vector<table_field>& fields = is_tag ? table.tags : table.columns;
    if (auto failed = check_type(column, is_tag)) return failed;
    if (stored_table::find(table.columns, column.name) || stored_table::find(table.tags, column.name))
        return errors::duplicated_column(column.name);
    if (is_tag && fields.size() == most_tags) return errors::too_many_tags();
    if (!is_tag && fields.size() == most_columns) return errors::too_many_columns();
    const bool has_json = std::any_of(fields.begin(), fields.end(), [](const table_field& field) {
        return field.definition.type == data_type::json;
    });
    if (is_tag && (has_json || column.type == data_type::json)) return errors::only_one_json_tag();
    table.add(fields, column);
    return std::nullopt;
}

optional_error executor::drop_field(const std::string& name, bool is_tag, stored_table& table) const {
    std::vector<table_field>& fields = is_tag ? table.tags : table.columns;
    const auto field = find_field(fields, name);
    if (field == fields.end()) return is_tag ? errors::invalid_tag(name) : errors::invalid_column(name);
    if (!is_tag && field == fields.begin()) return errors::cannot_drop_first_column();
    if (fields.size() <= (is_tag ? 1U : 2U)) return errors::cannot_drop_last_field();
    if (is_selected(table, field->id, origin_of(is_tag))) return errors::used_by_topic();
    fields.erase(field);
    return std::nullopt;
}

optional_error executor::lengthen_field(const std::string& name, data_type type,
                                        std::optional<std::int32_t> length, bool is_tag,
                                        stored_table& table) const {
    std::vector<table_field>& fields = is_tag ? table.tags : table.columns;
    const auto field = find_field(fields, name);
    if (field == fields.end()) return is_tag ? errors::invalid_tag(name) : errors::invalid_column(name);
    if (!has_length(type) || field->definition.type != type || *length <= *field->definition.length)
        return errors::only_lengths_grow();
    if (is_selected(table, field->id, origin_of(is_tag))) return errors::used_by_topic();
    field->definition.length = length;
    return std::nullopt;
}

optional_error executor::change_tags(const std::vector<set_tag>& assignments, const location& target) {
    stored_table& table = *target.table;
    if (table.kind != table_kind::child) return errors::wrong_table_kind();
    std::vector<tag_change> changes;
    std::vector<std::pair<std::int32_t, value>> values;
    for (const set_tag& assignment : assignments) {
        const table_field* const tag = stored_table::find(table.super->tags, assignment.name);
        if (!tag) return errors::invalid_tag(assignment.name);
        auto tag_value = convert(assignment.value, tag->definition, context(*target.database));
        if (auto* const failed = std::get_if<error>(&tag_value)) return std::move(*failed);
        tag_change& change = changes.emplace_back();
        change.name = assignment.name;
        change.value.type = tag->definition.type;
        change.value.data = std::get<value>(tag_value);
        values.emplace_back(tag->id, std::move(std::get<value>(tag_value)));
    }
    tmq::alter_table metadata;
    metadata.kind = table_kind::child;
    // The message for several tables has values only, so NULL needs the one for a single table.
    const bool has_null = std::any_of(changes.begin(), changes.end(),
                                      [](const tag_change& change) { return change.value.is_null(); });
    if (broker_.replies().version().reports_tags_of_many_tables() && !has_null) {
        metadata.change = alterations::set_tags_of_tables{{{table.name, std::move(changes)}}};
    } else {
        metadata.table = table.name;
        if (changes.size() == 1)
            metadata.change = alterations::set_tag{std::move(changes.front())};
        else
            metadata.change = alterations::set_tags{std::move(changes)};
    }
    check_metadata(metadata);
    for (auto& [id, tag_value] : values)
        table.tag_values.insert_or_assign(id, std::move(tag_value));
    append(*target.database, {target.table, {std::move(metadata)}, {}, {}});
    return std::nullopt;
}

optional_error executor::read_target(const insert_target& source, addition& out) {
    if (source.created) {
        std::shared_ptr<stored_table> child;
        if (auto failed = make_child(*source.created, out.target, child)) return failed;
        if (child) out.target.table = std::move(child);
        out.metadata.push_back(creation(*out.target.table));
    } else if (!out.target.table) {
        if (auto failed = locate_existing(source.table, out.target)) return failed;
    }
    const stored_table& table = *out.target.table;
    if (table.kind == table_kind::super) return errors::invalid_value("rows go to child tables");
    const std::vector<table_field>& columns = table.schema().columns;
    // Index of each column of `out` in a row of the statement.
    std::vector<std::size_t> indexes;
    if (source.columns.empty()) {
        out.columns = columns;
        for (std::size_t i = 0; i < columns.size(); ++i)
            indexes.push_back(i);
    } else {
        for (const std::string& name : source.columns) {
            if (!stored_table::find(columns, name)) return errors::invalid_column(name);
            if (std::count(source.columns.begin(), source.columns.end(), name) != 1)
                return errors::duplicated_column(name);
        }
        for (const table_field& column : columns) {
            const auto name = std::find(source.columns.begin(), source.columns.end(), column.definition.name);
            if (name == source.columns.end()) continue;
            out.columns.push_back(column);
            indexes.push_back(static_cast<std::size_t>(name - source.columns.begin()));
        }
        if (out.columns.front().id != columns.front().id) return errors::no_first_column();
    }
    return read_rows(source, indexes, out);
}

optional_error executor::read_rows(const insert_target& source, const std::vector<std::size_t>& indexes,
                                   addition& out) const {
    for (const literals& cells : source.rows) {
        if (cells.size() != indexes.size())
            return errors::invalid_value(
                fmt::format("a row of {} values for {} columns", cells.size(), indexes.size()));
        std::vector<value>& row = out.rows.emplace_back();
        row.reserve(indexes.size());
        for (std::size_t i = 0; i < indexes.size(); ++i) {
            auto cell = convert(cells[indexes[i]], out.columns[i].definition, context(*out.target.database));
            if (auto* const failed = std::get_if<error>(&cell)) return std::move(*failed);
            row.push_back(std::move(std::get<value>(cell)));
        }
        if (row.front().index() == 0) return errors::null_first_column();
    }
    return std::nullopt;
}

optional_error executor::read_additions(const sql::insert& command, std::deque<addition>& out) {
    std::map<std::pair<const database*, std::string>, addition*> known;
    for (const insert_target& source : command.targets) {
        location target;
        if (auto failed = locate(source.table, target)) return failed;
        const auto earlier = known.find({target.database, source.table.name});
        addition next;
        next.target = target;
        // A table that this statement creates exists for the rest of the statement.
        if (earlier != known.end() && !source.created) next.target.table = earlier->second->target.table;
        if (auto failed = read_target(source, next)) return failed;
        if (earlier != known.end()) next.target.table = earlier->second->target.table;
        if (earlier != known.end() && same_columns(earlier->second->columns, next.columns))
            std::move(next.rows.begin(), next.rows.end(), std::back_inserter(earlier->second->rows));
        else
            known[{target.database, source.table.name}] = &out.emplace_back(std::move(next));
    }
    return std::nullopt;
}

outcome executor::run(const sql::insert& command) {
    std::deque<addition> additions;
    if (auto failed = read_additions(command, additions)) return std::move(*failed);
    std::int64_t count = 0;
    std::vector<std::shared_ptr<const database_change>> changes;
    for (addition& part : additions) {
        count += static_cast<std::int64_t>(part.rows.size());
        sort_rows(part.rows);
        auto change = std::make_shared<database_change>(database_change{
            part.target.table, std::move(part.metadata), std::move(part.columns), std::move(part.rows)});
        // Throws for values that cannot be encoded: a statement must be refused before anything changes.
        rows_of_table(*change, part.target.database->precision());
        changes.push_back(std::move(change));
    }
    for (std::size_t i = 0; i < changes.size(); ++i) {
        const location& target = additions[i].target;
        if (!target.database->find(target.table->name)) target.database->add(target.table);
        append(*target.database, target.table->vgroup, std::move(changes[i]));
    }
    return affected_rows(count);
}

optional_error executor::read_time_range(const delete_rows& command, const location& target,
                                         delete_data::time_range& out) const {
    const column_definition& time = target.table->schema().columns.front().definition;
    out = {target.table->name, time.name, std::numeric_limits<std::int64_t>::min(),
           std::numeric_limits<std::int64_t>::max()};
    for (const time_condition& condition : command.conditions) {
        if (condition.column != time.name) return errors::delete_where();
        const auto limit = convert(condition.value, time, context(*target.database));
        if (const auto* const failed = std::get_if<error>(&limit)) return *failed;
        const auto* const ticks = std::get_if<std::int64_t>(&std::get<value>(limit));
        if (!ticks) return errors::delete_where();
        narrow(out, condition.comparison, *ticks);
    }
    return std::nullopt;
}

outcome executor::run(const delete_rows& command) {
    location target;
    if (auto failed = locate_existing(command.table, target)) return std::move(*failed);
    delete_data::time_range range;
    if (auto failed = read_time_range(command, target, range)) return std::move(*failed);
    if (range.first > range.last) return affected_rows(0);
    std::int64_t count = 0;
    for (const database::log& log : target.database->logs())
        count += count_rows(log, *target.table, range);
    delete_data deletion;
    deletion.sql = fmt::format("delete from `{}` where `{}` >= {} and `{}` <= {}", range.table, range.column,
                               range.first, range.column, range.last);
    deletion.range = range;
    append(*target.database, {target.table, {std::move(deletion)}, {}, {}});
    return affected_rows(count);
}

outcome executor::run(const create_topic& command) {
    if (broker_.topics().find(command.name)) {
        if (command.if_not_exists) return affected_rows(0);
        return errors::topic_exists();
    }
    topic_selection selection;
    selection.name = command.name;
    selection.kind = command.kind;
    selection.with_meta = command.with_meta;
    selection.only_meta = command.only_meta;
    location source;
    if (auto failed = locate(command.source, source)) return std::move(*failed);
    selection.database = source.database->name();
    if (command.kind != testing::topic_kind::database) {
        if (!source.table) return errors::table_not_exist(command.source.name);
        if (command.kind == testing::topic_kind::stable && source.table->kind != table_kind::super)
            return errors::not_a_stable();
        selection.source = source.table;
        if (command.kind == testing::topic_kind::select)
            if (auto failed = select_fields(command, *source.table, selection)) return std::move(*failed);
    }
    create_logs(*source.database, selection);
    topics_.insert_or_assign(selection.name, std::move(selection));
    return affected_rows(0);
}

void executor::create_logs(const database& source, topic_selection& selection) {
    testing::topic_options options(selection.name);
    options.database(selection.database)
        .kind(selection.kind)
        .vgroups(source.vgroups())
        .first_vgroup_id(source.first_vgroup())
        .precision(source.precision());
    broker::topic& topic = broker_.topics().create(options);
    for (std::size_t i = 0; i < source.logs().size(); ++i) {
        broker::vgroup_log& log = *topic.find(source.first_vgroup() + static_cast<std::int32_t>(i));
        for (const auto& change : source.logs()[i])
            selection.append(*change, source.precision(), broker_.replies().version(), log);
    }
}

optional_error executor::select_fields(const create_topic& command, const stored_table& source,
                                       topic_selection& out) const {
    using origin = topic_selection::origin;
    const stored_table& schema = source.schema();
    const auto add = [&out](origin kind, const table_field& field) {
        out.fields.push_back({kind, field.id, field.definition});
    };
    for (const create_topic::item& item : command.items) {
        if (item.all) {
            for (const table_field& column : schema.columns)
                add(origin::column, column);
            if (source.kind == table_kind::super)
                for (const table_field& tag : schema.tags)
                    add(origin::tag, tag);
        } else if (const table_field* const column = stored_table::find(schema.columns, item.name)) {
            add(origin::column, *column);
        } else if (const table_field* const tag = stored_table::find(schema.tags, item.name)) {
            add(origin::tag, *tag);
        } else if (item.name == "tbname") {
            constexpr std::int32_t length = 270;
            column_definition name;
            name.name = "tbname";
            name.type = data_type::varchar;
            name.length = length;
            add(origin::table_name, {0, name});
        } else {
            return errors::invalid_column(item.name);
        }
    }
    if (out.fields.size() > most_columns) return errors::too_many_columns();
    return std::nullopt;
}

outcome executor::run(const drop_topic& command) {
    if (!broker_.topics().find(command.name)) {
        if (command.if_exists) return affected_rows(0);
        return errors::topic_not_exist();
    }
    if (!broker_.drop_topic(command.name)) return errors::topic_subscribed();
    topics_.erase(command.name);
    return affected_rows(0);
}

void executor::append(database& target, database_change change) {
    const bool everywhere = change.table->kind == table_kind::super;
    const std::size_t vgroup = change.table->vgroup;
    const auto shared = std::make_shared<const database_change>(std::move(change));
    for (std::size_t i = 0; i < target.logs().size(); ++i)
        if (everywhere || i == vgroup) append(target, i, shared);
}

void executor::append(database& target, std::size_t vgroup, std::shared_ptr<const database_change> change) {
    const std::int32_t vgroup_id = target.first_vgroup() + static_cast<std::int32_t>(vgroup);
    for (auto& [name, topic] : topics_)
        if (topic.database == target.name())
            topic.append(*change, target.precision(), broker_.replies().version(),
                         broker_.topics().at(name, vgroup_id));
    target.append(vgroup, std::move(change));
}

value_context executor::context(const database& source) const { return {source.precision(), now_}; }

}  // namespace tmq::embedded::sql
