#include "embedded_server/sql/database.hpp"

#include <algorithm>

namespace tmq::embedded::sql {

namespace {

template <class Test>
const table_field* find_field(const std::vector<table_field>& fields, Test test) noexcept {
    const auto field = std::find_if(fields.begin(), fields.end(), test);
    return field == fields.end() ? nullptr : &*field;
}

}  // namespace

const table_field* stored_table::find(const std::vector<table_field>& fields,
                                      std::string_view name) noexcept {
    return find_field(fields, [name](const table_field& field) { return field.definition.name == name; });
}

const table_field* stored_table::find(const std::vector<table_field>& fields, std::int32_t id) noexcept {
    return find_field(fields, [id](const table_field& field) { return field.id == id; });
}

void stored_table::add(std::vector<table_field>& fields, column_definition definition) {
    fields.push_back({++last_field, std::move(definition)});
}

std::shared_ptr<stored_table> database::find(std::string_view table) const {
    const auto entry = tables_.find(table);
    return entry == tables_.end() ? nullptr : entry->second;
}

std::size_t database::vgroup_of(std::string_view table) const noexcept {
    // The hash is FNV-1a.
    std::uint64_t hash = 0xcbf29ce484222325;
    for (const char c : table)
        hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    return static_cast<std::size_t>((hash ^ hash >> 32) % logs_.size());
}

void database::add(std::shared_ptr<stored_table> table) {
    std::string name = table->name;
    tables_.insert_or_assign(std::move(name), std::move(table));
}

std::vector<std::shared_ptr<stored_table>> database::drop(const std::shared_ptr<stored_table>& table) {
    std::vector<std::shared_ptr<stored_table>> removed_tables;
    std::erase_if(tables_, [&](const auto& entry) {
        if (entry.second != table && entry.second->super != table) return false;
        entry.second->dropped = true;
        removed_tables.push_back(entry.second);
        return true;
    });
    return removed_tables;
}

}  // namespace tmq::embedded::sql
