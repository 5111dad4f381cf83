#include "embedded_server/sql/database.hpp"

#include <algorithm>

namespace tmq::embedded::sql {

namespace {

template <class Test>
const table_field* first_of(const std::vector<table_field>& fields, Test test) noexcept {
    const auto at = std::find_if(fields.begin(), fields.end(), test);
    return at == fields.end() ? nullptr : &*at;
}

}  // namespace

const table_field* stored_table::find(const std::vector<table_field>& fields,
                                      std::string_view name) noexcept {
    return first_of(fields, [name](const table_field& one) { return one.definition.name == name; });
}

const table_field* stored_table::find(const std::vector<table_field>& fields, std::int32_t id) noexcept {
    return first_of(fields, [id](const table_field& one) { return one.id == id; });
}

void stored_table::add(std::vector<table_field>& fields, column_definition definition) {
    fields.push_back({++last_field, std::move(definition)});
}

std::shared_ptr<stored_table> database::find(std::string_view table) const {
    const auto at = tables_.find(table);
    return at == tables_.end() ? nullptr : at->second;
}

std::size_t database::vgroup_of(std::string_view table) const noexcept {
    // FNV-1a
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
    std::vector<std::shared_ptr<stored_table>> gone;
    std::erase_if(tables_, [&](const auto& one) {
        if (one.second != table && one.second->super != table) return false;
        one.second->dropped = true;
        gone.push_back(one.second);
        return true;
    });
    return gone;
}

}  // namespace tmq::embedded::sql
