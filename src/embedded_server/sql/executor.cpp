#include "embedded_server/sql/executor.hpp"

#include "embedded_server/broker/broker.hpp"
#include "embedded_server/encode/meta_bytes.hpp"
#include "embedded_server/sql/errors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <set>
#include <stdexcept>
#include <utility>

namespace tmq::embedded::sql {

using refused = std::optional<error>;

namespace {

std::vector<column_definition> definitions(const std::vector<table_field>& fields) {
    std::vector<column_definition> all;
    for (const table_field& one : fields)
        all.push_back(one.definition);
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
        const auto held = table.tag_values.find(tag.id);
        if (held == table.tag_values.end()) continue;
        meta_value tag_value;
        tag_value.type = tag.definition.type;
        tag_value.data = held->second;
        out.tag_values.push_back({tag.definition.name, std::move(tag_value)});
    }
    return out;
}

meta creation(const stored_table& table) { return tmq::create_table{{description(table)}}; }

bool is_on(const topic_selection& topic, const stored_table& table) {
    return topic.source && (topic.source.get() == &table || topic.source->super.get() == &table);
}

bool has_length(data_type type) {
    return type == data_type::varchar || type == data_type::nchar || type == data_type::varbinary ||
           type == data_type::geometry;
}

/// Whether `first` and `second` are the same columns.
bool same_columns(const std::vector<table_field>& first, const std::vector<table_field>& second) {
    return std::equal(first.begin(), first.end(), second.begin(), second.end(),
                      [](const table_field& a, const table_field& b) { return a.id == b.id; });
}

/// As the server stores them: in the order of time, the last of those with the same time.
void put_in_order(std::vector<std::vector<value>>& rows) {
    const auto time = [](const auto& row) { return std::get<std::int64_t>(row.front()); };
    const auto unordered = [time](const auto& a, const auto& b) { return time(a) >= time(b); };
    if (std::adjacent_find(rows.begin(), rows.end(), unordered) == rows.end()) return;
    std::map<std::int64_t, std::vector<value>> by_time;
    for (auto& row : rows) {
        const std::int64_t at = time(row);
        by_time.insert_or_assign(at, std::move(row));
    }
    rows.clear();
    for (auto& [at, row] : by_time)
        rows.push_back(std::move(row));
}

/// How many rows of a table, or of the children of one, a deletion takes from the tables of one vgroup.
std::int64_t count_rows(const database::log& log, const stored_table& table,
                        const delete_data::time_range& range) {
    using times = std::set<std::int64_t>;
    const auto erase = [](times& from, const delete_data::time_range& gone) {
        from.erase(from.lower_bound(gone.first), from.upper_bound(gone.last));
    };
    std::map<const stored_table*, times> all;
    for (const auto& change : log) {
        for (const auto& row : change->rows)
            all[change->table.get()].insert(std::get<std::int64_t>(row.front()));
        for (const meta& told : change->told) {
            const auto* const deletion = std::get_if<delete_data>(&told);
            if (!deletion || !deletion->range) continue;
            for (auto& [owner, held] : all)
                if (owner == change->table.get() || owner->super == change->table)
                    erase(held, *deletion->range);
        }
    }
    std::int64_t count = 0;
    for (const auto& [owner, held] : all)
        if (!owner->dropped && (owner == &table || owner->super.get() == &table))
            count += std::distance(held.lower_bound(range.first), held.upper_bound(range.last));
    return count;
}

}  // namespace

outcome executor::execute(std::string_view text, std::string_view in_database, time_point now) {
    database_ = in_database;
    now_ = now;
    auto parsed = parse(text);
    if (auto* const failed = std::get_if<error>(&parsed)) return std::move(*failed);
    if (!in_database.empty() && databases_.find(in_database) == databases_.end())
        return errors::database_not_exist();
    try {
        return std::visit([this](const auto& what) { return run(what); }, std::get<statement>(parsed));
    } catch (const std::invalid_argument& e) {
        return errors::invalid_value(e.what());  // an encoder's
    }
}

void executor::check_told(const meta& told) const {
    encode::encode_raw_meta(told, 1, broker_.replies().version());
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
    for (const auto& [name, one] : databases_)
        names.push_back(name);
    return text_column("name", bytes, std::move(names));
}

outcome executor::run(const create_database& what) {
    if (databases_.find(what.name) != databases_.end()) {
        if (what.if_not_exists) return affected_rows(0);
        return errors::database_exists();
    }
    const std::int32_t first = broker_.topics().reserve_vgroups(what.vgroups);
    databases_.try_emplace(what.name, what.name, what.precision, first, what.vgroups);
    return affected_rows(0);
}

outcome executor::run(const drop_database& what) {
    const auto at = databases_.find(what.name);
    if (at == databases_.end()) {
        if (what.if_exists) return affected_rows(0);
        return errors::database_not_exist();
    }
    for (const auto& [name, topic] : topics_)
        if (topic.database == what.name) return errors::topic_must_be_dropped();
    databases_.erase(at);
    return affected_rows(0);
}

refused executor::locate(const table_name& name, place& out) {
    const std::string& in = name.database.empty() ? database_ : name.database;
    if (in.empty()) return errors::database_not_specified();
    const auto at = databases_.find(in);
    if (at == databases_.end()) return errors::database_not_exist();
    out.in = &at->second;
    out.table = at->second.find(name.name);
    return std::nullopt;
}

refused executor::locate_existing(const table_name& name, place& out) {
    if (auto failed = locate(name, out)) return failed;
    if (!out.table) return errors::table_not_exist(name.name);
    return std::nullopt;
}

refused executor::check_type(const column_definition& column, bool is_tag) const {
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

refused executor::check_fields(const std::vector<column_definition>& columns,
                               const std::vector<column_definition>& tags) const {
    if (columns.front().type != data_type::timestamp) return errors::first_column();
    std::set<std::string_view> names;
    for (const auto* const fields : {&columns, &tags})
        for (const column_definition& one : *fields) {
            if (!names.insert(one.name).second) return errors::duplicated_column(one.name);
            if (auto failed = check_type(one, fields == &tags)) return failed;
            if (one.type == data_type::json && tags.size() > 1) return errors::only_one_json_tag();
        }
    return std::nullopt;
}

outcome executor::run(const create_table& what) {
    place at;
    if (auto failed = locate(what.table, at)) return std::move(*failed);
    const bool super = !what.tags.empty();
    if (at.table) {
        const bool same_kind = super == (at.table->kind == table_kind::super);
        if (what.if_not_exists && same_kind) return affected_rows(0);
        return super && same_kind ? errors::stable_exists() : errors::table_exists();
    }
    if (auto failed = check_fields(what.columns, what.tags)) return std::move(*failed);
    auto made = std::make_shared<stored_table>();
    made->kind = super ? table_kind::super : table_kind::normal;
    made->name = what.table.name;
    for (const column_definition& one : what.columns)
        made->add(made->columns, one);
    for (const column_definition& one : what.tags)
        made->add(made->tags, one);
    made->vgroup = at.in->vgroup_of(made->name);
    check_told(creation(*made));
    at.in->add(made);
    append(*at.in, {made, {creation(*made)}, {}, {}});
    return affected_rows(0);
}

refused executor::make_child(const child_table& what, place& out, std::shared_ptr<stored_table>& made) {
    if (auto failed = locate(what.table, out)) return failed;
    place super;
    if (auto failed = locate_existing(what.super, super)) return failed;
    if (super.table->kind != table_kind::super) return errors::not_a_stable();
    if (super.in != out.in) return errors::wrong_stable();
    if (out.table) {
        if (out.table->super != super.table) return errors::table_exists();
        if (what.if_not_exists) return std::nullopt;
        return errors::table_exists();
    }
    const std::vector<table_field>& tags = super.table->tags;
    if (what.tags.size() != (what.tag_names.empty() ? tags.size() : what.tag_names.size()))
        return errors::tags_not_matched();
    auto table = std::make_shared<stored_table>();
    table->kind = table_kind::child;
    table->name = what.table.name;
    table->super = super.table;
    for (std::size_t i = 0; i < what.tags.size(); ++i) {
        const table_field* const tag =
            what.tag_names.empty() ? &tags[i] : stored_table::find(tags, what.tag_names[i]);
        if (!tag) return errors::invalid_tag(what.tag_names[i]);
        auto made_value = convert(what.tags[i], tag->definition, context(*out.in));
        if (auto* const failed = std::get_if<error>(&made_value)) return std::move(*failed);
        if (std::get<value>(made_value).index() != 0)
            table->tag_values.insert_or_assign(tag->id, std::move(std::get<value>(made_value)));
    }
    table->vgroup = out.in->vgroup_of(table->name);
    check_told(creation(*table));
    made = std::move(table);
    return std::nullopt;
}

outcome executor::run(const create_children& what) {
    std::vector<std::pair<database*, std::shared_ptr<stored_table>>> made;
    for (const child_table& one : what.tables) {
        place at;
        std::shared_ptr<stored_table> table;
        if (auto failed = make_child(one, at, table)) return std::move(*failed);
        if (table) made.emplace_back(at.in, std::move(table));
    }
    for (auto& [in, table] : made) {
        if (in->find(table->name)) continue;
        in->add(table);
        append(*in, {table, {creation(*table)}, {}, {}});
    }
    return affected_rows(0);
}

outcome executor::run(const drop_table& what) {
    place at;
    if (auto failed = locate(what.table, at)) return std::move(*failed);
    if (!at.table) {
        if (what.if_exists) return affected_rows(0);
        return errors::table_not_exist(what.table.name);
    }
    const bool super = at.table->kind == table_kind::super;
    if (what.super && !super) return errors::not_a_stable();
    if (super)
        for (const auto& [name, topic] : topics_)
            if (is_on(topic, *at.table)) return errors::topic_must_be_dropped();
    for (const auto& gone : at.in->drop(at.table))
        for (auto& [name, topic] : topics_)
            if (topic.database == at.in->name()) topic.forget(*gone, broker_.topics().at(name));
    append(*at.in, {at.table,
                    {tmq::drop_table{super ? table_kind::super : table_kind::unspecified, {at.table->name}}},
                    {},
                    {}});
    return affected_rows(0);
}

bool executor::is_selected(const stored_table& table, std::int32_t field,
                           topic_selection::origin from) const {
    return std::any_of(topics_.begin(), topics_.end(), [&](const auto& one) {
        const auto& fields = one.second.fields;
        return is_on(one.second, table) &&
               std::any_of(fields.begin(), fields.end(), [&](const topic_selection::field& used) {
                   return used.from == from && used.id == field;
               });
    });
}

outcome executor::run(const alter_table& what) {
    place at;
    if (auto failed = locate_existing(what.table, at)) return std::move(*failed);
    auto failed = what.what == alter_type::set_tag ? set_tags(what, at) : change_fields(what, at);
    if (failed) return std::move(*failed);
    return affected_rows(0);
}

refused executor::change_fields(const alter_table& what, const place& at) {
    stored_table& table = *at.table;
    const bool of_tag = what.what == alter_type::add_tag || what.what == alter_type::drop_tag ||
                        what.what == alter_type::modify_tag_length;
    if (table.kind == table_kind::child || (of_tag && table.kind != table_kind::super))
        return errors::wrong_table_kind();
    std::vector<table_field>& fields = of_tag ? table.tags : table.columns;
    const column_definition& column = what.column;
    const auto found = std::find_if(fields.begin(), fields.end(), [&](const table_field& one) {
        return one.definition.name == column.name;
    });
    tmq::alter_table told;
    told.type = what.what;
    told.kind = table.kind;
    told.table = table.name;
    told.column = column;
    check_told(told);
    if (what.what == alter_type::add_column || what.what == alter_type::add_tag) {
        constexpr std::size_t most_columns = 4096;
        constexpr std::size_t most_tags = 128;
        if (auto failed = check_type(column, of_tag)) return failed;
        if (stored_table::find(table.columns, column.name) || stored_table::find(table.tags, column.name))
            return errors::duplicated_column(column.name);
        if (of_tag ? fields.size() == most_tags : fields.size() == most_columns)
            return of_tag ? errors::too_many_tags() : errors::too_many_columns();
        const bool json = std::any_of(fields.begin(), fields.end(), [](const table_field& one) {
            return one.definition.type == data_type::json;
        });
        if (of_tag && (json || column.type == data_type::json)) return errors::only_one_json_tag();
        table.add(fields, column);
    } else {
        if (found == fields.end())
            return of_tag ? errors::invalid_tag(column.name) : errors::invalid_column(column.name);
        const topic_selection::origin from =
            of_tag ? topic_selection::origin::tag : topic_selection::origin::column;
        if (what.what == alter_type::drop_column || what.what == alter_type::drop_tag) {
            if (!of_tag && found == fields.begin()) return errors::cannot_drop_first_column();
            if (fields.size() <= (of_tag ? 1U : 2U)) return errors::cannot_drop_last_field();
            if (is_selected(table, found->id, from)) return errors::used_by_topic();
            fields.erase(found);
        } else {
            if (!has_length(column.type) || found->definition.type != column.type ||
                *column.length <= *found->definition.length)
                return errors::only_lengths_grow();
            if (is_selected(table, found->id, from)) return errors::used_by_topic();
            found->definition.length = column.length;
        }
    }
    append(*at.in, {at.table, {std::move(told)}, {}, {}});
    return std::nullopt;
}

refused executor::set_tags(const alter_table& what, const place& at) {
    if (at.table->kind != table_kind::child) return errors::wrong_table_kind();
    std::vector<tag_change> changes;
    std::vector<std::pair<std::int32_t, value>> values;
    for (const set_tag& one : what.tags) {
        const table_field* const tag = stored_table::find(at.table->super->tags, one.name);
        if (!tag) return errors::invalid_tag(one.name);
        auto made_value = convert(one.value, tag->definition, context(*at.in));
        if (auto* const failed = std::get_if<error>(&made_value)) return std::move(*failed);
        tag_change& change = changes.emplace_back();
        change.name = one.name;
        change.value.type = tag->definition.type;
        change.value.data = std::get<value>(made_value);
        values.emplace_back(tag->id, std::move(std::get<value>(made_value)));
    }
    tmq::alter_table told;
    told.kind = table_kind::child;
    // the form of many tables has values only
    const bool has_null = std::any_of(changes.begin(), changes.end(),
                                      [](const tag_change& one) { return one.value.is_null(); });
    if (broker_.replies().version().tells_tags_of_many_tables() && !has_null) {
        told.type = alter_type::set_tags_of_tables;
        told.tables = {{at.table->name, std::move(changes)}};
    } else {
        told.type = changes.size() == 1 ? alter_type::set_tag : alter_type::set_tags;
        told.table = at.table->name;
        told.tags = std::move(changes);
    }
    check_told(told);
    for (auto& [id, tag_value] : values)
        at.table->tag_values.insert_or_assign(id, std::move(tag_value));
    append(*at.in, {at.table, {std::move(told)}, {}, {}});
    return std::nullopt;
}

refused executor::read_target(const insert_target& from, addition& out) {
    if (from.created) {
        std::shared_ptr<stored_table> made;
        if (auto failed = make_child(*from.created, out.at, made)) return failed;
        if (made) out.at.table = std::move(made);
        out.told.push_back(creation(*out.at.table));
    } else if (!out.at.table) {
        if (auto failed = locate_existing(from.table, out.at)) return failed;
    }
    const stored_table& table = *out.at.table;
    if (table.kind == table_kind::super) return errors::invalid_value("rows go to child tables");
    const std::vector<table_field>& columns = table.schema().columns;
    // where each column of the table is in a row of the statement
    std::vector<std::size_t> source;
    if (from.columns.empty()) {
        out.columns = columns;
        for (std::size_t i = 0; i < columns.size(); ++i)
            source.push_back(i);
    } else {
        for (const std::string& name : from.columns) {
            if (!stored_table::find(columns, name)) return errors::invalid_column(name);
            if (std::count(from.columns.begin(), from.columns.end(), name) != 1)
                return errors::duplicated_column(name);
        }
        for (const table_field& column : columns) {
            const auto at = std::find(from.columns.begin(), from.columns.end(), column.definition.name);
            if (at == from.columns.end()) continue;
            out.columns.push_back(column);
            source.push_back(static_cast<std::size_t>(at - from.columns.begin()));
        }
        if (out.columns.front().id != columns.front().id) return errors::no_first_column();
    }
    for (const literals& given : from.rows) {
        if (given.size() != source.size())
            return errors::invalid_value(
                fmt::format("a row of {} values for {} columns", given.size(), source.size()));
        std::vector<value>& row = out.rows.emplace_back();
        row.reserve(source.size());
        for (std::size_t i = 0; i < source.size(); ++i) {
            auto made_value = convert(given[source[i]], out.columns[i].definition, context(*out.at.in));
            if (auto* const failed = std::get_if<error>(&made_value)) return std::move(*failed);
            row.push_back(std::move(std::get<value>(made_value)));
        }
        if (row.front().index() == 0) return errors::null_first_column();
    }
    return std::nullopt;
}

outcome executor::run(const sql::insert& what) {
    std::deque<addition> additions;
    std::map<std::pair<const database*, std::string>, addition*> known;
    std::int64_t count = 0;
    for (const insert_target& target : what.targets) {
        place at;
        if (auto failed = locate(target.table, at)) return std::move(*failed);
        const auto earlier = known.find({at.in, target.table.name});
        addition next;
        next.at = at;
        // a table that this statement creates is there for the rest of it
        if (earlier != known.end() && !target.created) next.at.table = earlier->second->at.table;
        if (auto failed = read_target(target, next)) return std::move(*failed);
        count += static_cast<std::int64_t>(next.rows.size());
        if (earlier != known.end()) next.at.table = earlier->second->at.table;
        if (earlier != known.end() && same_columns(earlier->second->columns, next.columns)) {
            std::move(next.rows.begin(), next.rows.end(), std::back_inserter(earlier->second->rows));
        } else {
            known[{at.in, target.table.name}] = &additions.emplace_back(std::move(next));
        }
    }
    std::vector<std::shared_ptr<const database_change>> changes;
    for (addition& one : additions) {
        put_in_order(one.rows);
        auto change = std::make_shared<database_change>(
            database_change{one.at.table, std::move(one.told), std::move(one.columns), std::move(one.rows)});
        rows_of_table(*change, one.at.in->precision());  // refused here, before anything changes
        changes.push_back(std::move(change));
    }
    for (std::size_t i = 0; i < changes.size(); ++i) {
        database& in = *additions[i].at.in;
        if (!in.find(additions[i].at.table->name)) in.add(additions[i].at.table);
        append(in, additions[i].at.table->vgroup, std::move(changes[i]));
    }
    return affected_rows(count);
}

outcome executor::run(const delete_rows& what) {
    place at;
    if (auto failed = locate_existing(what.table, at)) return std::move(*failed);
    const column_definition& time = at.table->schema().columns.front().definition;
    delete_data::time_range range{at.table->name, time.name, std::numeric_limits<std::int64_t>::min(),
                                  std::numeric_limits<std::int64_t>::max()};
    for (const time_condition& one : what.conditions) {
        if (one.column != time.name) return errors::delete_where();
        const auto made_value = convert(one.value, time, context(*at.in));
        if (const auto* const failed = std::get_if<error>(&made_value)) return *failed;
        const auto* const ticks = std::get_if<std::int64_t>(&std::get<value>(made_value));
        if (!ticks) return errors::delete_where();
        if (one.comparison == "=" || one.comparison == ">=") range.first = std::max(range.first, *ticks);
        if (one.comparison == "=" || one.comparison == "<=") range.last = std::min(range.last, *ticks);
        if (one.comparison == ">")
            range.first = std::max(range.first,
                                   *ticks == std::numeric_limits<std::int64_t>::max() ? *ticks : *ticks + 1);
        if (one.comparison == "<")
            range.last = std::min(range.last,
                                  *ticks == std::numeric_limits<std::int64_t>::min() ? *ticks : *ticks - 1);
    }
    if (range.first > range.last) return affected_rows(0);
    std::int64_t count = 0;
    for (const database::log& log : at.in->logs())
        count += count_rows(log, *at.table, range);
    delete_data told;
    told.sql = fmt::format("delete from `{}` where `{}` >= {} and `{}` <= {}", range.table, range.column,
                           range.first, range.column, range.last);
    told.range = range;
    append(*at.in, {at.table, {std::move(told)}, {}, {}});
    return affected_rows(count);
}

outcome executor::run(const create_topic& what) {
    if (broker_.topics().find(what.name)) {
        if (what.if_not_exists) return affected_rows(0);
        return errors::topic_exists();
    }
    topic_selection made;
    made.name = what.name;
    made.kind = what.kind;
    made.with_meta = what.with_meta;
    made.only_meta = what.only_meta;
    place at;
    if (auto failed = locate(what.source, at)) return std::move(*failed);
    made.database = at.in->name();
    if (what.kind != topic_kind::database) {
        if (!at.table) return errors::table_not_exist(what.source.name);
        if (what.kind == topic_kind::stable && at.table->kind != table_kind::super)
            return errors::not_a_stable();
        made.source = at.table;
        if (what.kind == topic_kind::select)
            if (auto failed = select_fields(what, *at.table, made)) return std::move(*failed);
    }
    topic_options options(made.name);
    options.database(made.database)
        .kind(made.kind)
        .vgroups(at.in->vgroups())
        .first_vgroup_id(at.in->first_vgroup())
        .precision(at.in->precision());
    broker::topic& created = broker_.topics().create(options);
    for (std::size_t i = 0; i < at.in->logs().size(); ++i) {
        broker::vgroup_log& log = *created.find(at.in->first_vgroup() + static_cast<std::int32_t>(i));
        for (const auto& change : at.in->logs()[i])
            made.append(*change, at.in->precision(), broker_.replies().version(), log);
    }
    topics_.insert_or_assign(made.name, std::move(made));
    return affected_rows(0);
}

refused executor::select_fields(const create_topic& what, const stored_table& from,
                                topic_selection& out) const {
    using origin = topic_selection::origin;
    const stored_table& schema = from.schema();
    const auto add = [&out](origin kind, const table_field& field) {
        out.fields.push_back({kind, field.id, field.definition});
    };
    for (const create_topic::item& one : what.items) {
        if (one.all) {
            for (const table_field& column : schema.columns)
                add(origin::column, column);
            if (from.kind == table_kind::super)
                for (const table_field& tag : schema.tags)
                    add(origin::tag, tag);
        } else if (const table_field* const column = stored_table::find(schema.columns, one.name)) {
            add(origin::column, *column);
        } else if (const table_field* const tag = stored_table::find(schema.tags, one.name)) {
            add(origin::tag, *tag);
        } else if (one.name == "tbname") {
            constexpr std::int32_t length = 270;
            column_definition name;
            name.name = "tbname";
            name.type = data_type::varchar;
            name.length = length;
            add(origin::table_name, {0, name});
        } else {
            return errors::invalid_column(one.name);
        }
    }
    constexpr std::size_t most_columns = 4096;
    if (out.fields.size() > most_columns) return errors::too_many_columns();
    return std::nullopt;
}

outcome executor::run(const drop_topic& what) {
    if (!broker_.topics().find(what.name)) {
        if (what.if_exists) return affected_rows(0);
        return errors::topic_not_exist();
    }
    if (!broker_.drop_topic(what.name)) return errors::topic_subscribed();
    topics_.erase(what.name);
    return affected_rows(0);
}

void executor::append(database& in, database_change change) {
    const bool everywhere = change.table->kind == table_kind::super;
    const std::size_t vgroup = change.table->vgroup;
    const auto shared = std::make_shared<const database_change>(std::move(change));
    for (std::size_t i = 0; i < in.logs().size(); ++i)
        if (everywhere || i == vgroup) append(in, i, shared);
}

void executor::append(database& in, std::size_t vgroup, std::shared_ptr<const database_change> change) {
    for (auto& [name, topic] : topics_)
        if (topic.database == in.name())
            topic.append(*change, in.precision(), broker_.replies().version(),
                         broker_.topics().at(name, in.first_vgroup() + static_cast<std::int32_t>(vgroup)));
    in.append(vgroup, std::move(change));
}

value_context executor::context(const database& in) const { return {in.precision(), now_}; }

}  // namespace tmq::embedded::sql
