#include "tmq/row.hpp"

#include "data/column_name.hpp"
#include "data/value_text.hpp"
#include "text/json.hpp"
#include "tmq/detail/hash.hpp"
#include "tmq/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>

namespace tmq {
namespace {

template <class Row>
std::string json_of(const Row& source) {
    fmt::memory_buffer out;
    out.push_back('{');
    for (const auto& [name, cell] : source) {
        if (out.size() > 1) out.push_back(',');
        text::append_printable_json_string(out, name);
        out.push_back(':');
        data::append_json(out, cell);
    }
    out.push_back('}');
    return fmt::to_string(out);
}

template <class Row>
std::size_t hash_of(const Row& source) noexcept {
    std::size_t hash = source.size();
    for (const auto& [name, cell] : source)
        hash = detail::combine_hash(detail::combine_hash(hash, std::string_view(name)), cell);
    return hash;
}

bool same_field(const row::field& a, const row_view::field& b) noexcept {
    return a.name == b.name && value_view(a.value) == b.value;
}

}  // namespace

value_view row_view::operator[](std::string_view column) const {
    return (*this)[detail::find_column(detail::block_access::columns(block_), column)];
}

bool operator==(const row_view& a, const row_view& b) noexcept {
    return std::equal(a.begin(), a.end(), b.begin(), b.end());
}
std::partial_ordering operator<=>(const row_view& a, const row_view& b) noexcept {
    return std::lexicographical_compare_three_way(a.begin(), a.end(), b.begin(), b.end());
}

row row_view::to_owned() const { return row(*this); }

row::row(const row_view& source) {
    fields_.reserve(source.size());
    for (const auto& [name, cell] : source)
        fields_.push_back({std::string(name), value(cell)});
}

const row::field& row::at(std::size_t column) const {
    if (column >= fields_.size())
        throw error(errc::no_such_column, fmt::format("column {} of {}", column, fields_.size()));
    return fields_[column];
}

const value& row::operator[](std::string_view column) const {
    if (const auto index = data::find_by_name(fields_, column)) return fields_[*index].value;
    throw error(errc::no_such_column, fmt::format("column '{}'", column));
}

bool operator==(const row& a, const row_view& b) noexcept {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), same_field);
}

std::ostream& operator<<(std::ostream& out, const row_view& source) { return out << to_json(source); }
std::ostream& operator<<(std::ostream& out, const row& source) { return out << to_json(source); }

std::string to_json(const row_view& source) { return json_of(source); }
std::string to_json(const row& source) { return json_of(source); }

}  // namespace tmq

std::size_t std::hash<tmq::row_view>::operator()(const tmq::row_view& source) const noexcept {
    return tmq::hash_of(source);
}
std::size_t std::hash<tmq::row>::operator()(const tmq::row& source) const noexcept {
    return tmq::hash_of(source);
}
