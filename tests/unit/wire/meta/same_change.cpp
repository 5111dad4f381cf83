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
template <class Compressed>
void keep_first_of_compression(Compressed& out) {
    if (!out.encode.empty()) out.compress.clear();
    if (!out.encode.empty() || !out.compress.empty()) out.level.clear();
}

void weaken(alterations::set_tag& binary, const alterations::set_tag& json) {
    weaken(binary.tag.value, json.tag.value);
}
void weaken(alterations::set_options& binary, const alterations::set_options&) { binary = {}; }
void weaken(alterations::set_compression& binary, const alterations::set_compression&) {
    keep_first_of_compression(binary);
}
void weaken(alterations::add_compressed_column& binary, const alterations::add_compressed_column&) {
    keep_first_of_compression(binary.column);
}
void weaken(alterations::set_tags& binary, const alterations::set_tags& json) {
    weaken(binary.tags, json.tags);
}
void weaken(alterations::set_tags_of_tables& binary, const alterations::set_tags_of_tables& json) {
    in_parallel(binary.tables, json.tables,
                [](table_tag_changes& b, const table_tag_changes& j) { weaken(b.tags, j.tags); });
}
void weaken(alter_table& binary, const alter_table& json);

void weaken(delete_data& binary, const delete_data& json) {
    binary.sql.resize(std::min<std::size_t>(binary.sql.size(), 255));
    if (!json.range) binary.range.reset();
}

template <class T>
void weaken(T&, const T&) {}

/// Weakens the alternative that both have.
template <class Variant>
void weaken_alternative(Variant& binary, const Variant& json) {
    std::visit(
        [&]<class T>(T& change) {
            if (const T* other = std::get_if<T>(&json)) weaken(change, *other);
        },
        binary);
}

void weaken(alter_table& binary, const alter_table& json) { weaken_alternative(binary.change, json.change); }

}  // namespace

meta as_far_as_json_tells(meta binary, const meta& json) {
    weaken_alternative(binary, json);
    return binary;
}

}  // namespace tmq::test
