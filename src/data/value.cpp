#include "tmq/value.hpp"

#include "data/value_text.hpp"
#include "tmq/detail/hash.hpp"

#include <algorithm>
#include <ostream>
#include <type_traits>

namespace tmq {
namespace {

std::string_view text_of(bytes_view bytes) noexcept {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

value owned(const value_view& source) {
    return std::visit(
        []<class T>(const T& content) -> value {
            if constexpr (std::is_same_v<T, std::string_view>)
                return std::string(content);
            else if constexpr (std::is_same_v<T, bytes_view>)
                return std::vector<std::byte>(content.begin(), content.end());
            else if constexpr (std::is_same_v<T, json_view>)
                return json(content);
            else
                return content;
        },
        source);
}

}  // namespace

value::value(const value_view& source) : value(owned(source)) {}

value value_view::to_owned() const { return value(*this); }

value::operator value_view() const& noexcept {
    return std::visit(
        []<class T>(const T& content) -> value_view {
            if constexpr (std::is_same_v<T, std::string>)
                return std::string_view(content);
            else if constexpr (std::is_same_v<T, std::vector<std::byte>>)
                return bytes_view(content);
            else if constexpr (std::is_same_v<T, json>)
                return json_view(content);
            else
                return content;
        },
        *this);
}

bool operator==(const value_view& a, const value_view& b) noexcept { return (a <=> b) == 0; }

std::partial_ordering operator<=>(const value_view& a, const value_view& b) noexcept {
    if (a.index() != b.index()) return a.index() <=> b.index();
    return std::visit(
        [&b]<class T>(const T& left) -> std::partial_ordering {
            const T& right = *std::get_if<T>(&b);
            if constexpr (std::is_same_v<T, bytes_view>)
                return text_of(left) <=> text_of(right);
            else
                return left <=> right;
        },
        a);
}

std::ostream& operator<<(std::ostream& out, const json_view& text) { return out << text.text(); }
std::ostream& operator<<(std::ostream& out, const json& text) { return out << text.text(); }
std::ostream& operator<<(std::ostream& out, const value_view& cell) { return out << to_string(cell); }

std::string detail::value_text(const value_view& cell) {
    fmt::memory_buffer out;
    data::append_plain(out, cell);
    return fmt::to_string(out);
}

std::string detail::value_json(const value_view& cell) {
    fmt::memory_buffer out;
    data::append_json(out, cell);
    return fmt::to_string(out);
}

}  // namespace tmq

std::size_t std::hash<tmq::value_view>::operator()(const tmq::value_view& cell) const noexcept {
    return std::visit(
        [&cell]<class T>(const T& content) {
            if constexpr (std::is_same_v<T, tmq::bytes_view>)
                return tmq::detail::combine_hash(cell.index(), tmq::text_of(content));
            else
                return tmq::detail::combine_hash(cell.index(), content);
        },
        cell);
}
