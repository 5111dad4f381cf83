#include "same_change.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <variant>

namespace tmq::test {
namespace {

void weaken(meta_value& binary, const meta_value& json) {
    if (!json.exact) {
        binary = json;
    } else if (json.type == data_type::null && !binary.is_null()) {
        std::string text = to_string(binary);
        binary = meta_value();
        binary.data = std::move(text);
    } else if (json.type == data_type::null) {
        binary.type = data_type::null;
    }
}

/// Calls `visit` with the elements that both have; how many there are is left to the comparison.
template <class T, class Visit>
void in_parallel(std::vector<T>& binary, const std::vector<T>& json, Visit visit) {
    for (std::size_t i = 0; i < std::min(binary.size(), json.size()); ++i)
        visit(binary[i], json[i]);
}

void weaken(std::vector<tag_change>& binary, const std::vector<tag_change>& json) {
    in_parallel(binary, json, [](tag_change& b, const tag_change& j) { weaken(b.value, j.value); });
}

void weaken(create_table& binary, const create_table& json) {
    in_parallel(binary.tables, json.tables, [](created_table& b, const created_table& j) {
        b.comment.reset();
        b.ttl_days.reset();
        b.sources = j.sources;
        in_parallel(b.tag_values, j.tag_values,
                    [](tag_setting& bt, const tag_setting& jt) { weaken(bt.value, jt.value); });
    });
}

/// Of a changed compression JSON has the first part only.
void keep_first_of_compression(column_definition& column) {
    if (!column.encode.empty()) column.compress.clear();
    if (!column.encode.empty() || !column.compress.empty()) column.level.clear();
}

void weaken(alter_table& binary, const alter_table& json) {
    binary.comment.reset();
    binary.ttl_days.reset();
    keep_first_of_compression(binary.column);
    weaken(binary.tags, json.tags);
    in_parallel(binary.tables, json.tables,
                [](table_tag_changes& b, const table_tag_changes& j) { weaken(b.tags, j.tags); });
}

void weaken(delete_data& binary, const delete_data& json) {
    binary.sql.resize(std::min<std::size_t>(binary.sql.size(), 255));
    if (!json.range) binary.range.reset();
}

template <class T>
void weaken(T&, const T&) {}

}  // namespace

meta as_far_as_json_tells(meta binary, const meta& json) {
    std::visit(
        [&]<class T>(T& change) {
            if (const T* other = std::get_if<T>(&json)) weaken(change, *other);
        },
        binary);
    return binary;
}

}  // namespace tmq::test
