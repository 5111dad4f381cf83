#include "tmq/value.hpp"

#include "data/value_text.hpp"
#include "text/json.hpp"

#include <algorithm>
#include <type_traits>

namespace tmq {
value row::operator[](std::string_view column) const {
    return (*this)[detail::find_column(detail::block_access::columns(block_), column)];
}

bool operator==(const value& a, const value& b) noexcept {
    if (a.index() != b.index()) return false;
    return std::visit(
        [&b]<class T>(const T& left) {
            const T& right = *std::get_if<T>(&b);
            if constexpr (std::is_same_v<T, bytes_view>)
                return std::ranges::equal(left, right);
            else
                return left == right;
        },
        a);
}

std::string to_string(const value& cell) {
    fmt::memory_buffer out;
    data::append_plain(out, cell);
    return fmt::to_string(out);
}

std::string to_json(const value& cell) {
    fmt::memory_buffer out;
    data::append_json(out, cell);
    return fmt::to_string(out);
}

std::string to_json(const row& source) {
    fmt::memory_buffer out;
    char separator = '{';
    for (const row::field field : source) {
        out.push_back(separator);
        separator = ',';
        text::append_printable_json_string(out, field.name);
        out.push_back(':');
        data::append_json(out, field.value);
    }
    if (separator == '{') out.push_back('{');
    out.push_back('}');
    return fmt::to_string(out);
}

}  // namespace tmq
