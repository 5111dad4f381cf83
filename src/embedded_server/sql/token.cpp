#include "embedded_server/sql/token.hpp"

#include <algorithm>

namespace tmq::embedded::sql {

namespace {

bool is_space(char c) noexcept { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
bool starts_word(char c) noexcept { return c == '_' || (lower(c) >= 'a' && lower(c) <= 'z'); }
bool continues_word(char c) noexcept { return starts_word(c) || is_digit(c); }

/// Returns the position after digits, a point and an exponent.
std::size_t end_of_number(std::string_view text, std::size_t offset) noexcept {
    const auto digits = [&] {
        while (offset < text.size() && is_digit(text[offset]))
            ++offset;
    };
    digits();
    if (offset < text.size() && text[offset] == '.') {
        ++offset;
        digits();
    }
    if (offset == text.size() || lower(text[offset]) != 'e') return offset;
    std::size_t exponent = offset + 1;
    if (exponent < text.size() && (text[exponent] == '+' || text[exponent] == '-')) ++exponent;
    if (exponent == text.size() || !is_digit(text[exponent])) return offset;
    offset = exponent;
    digits();
    return offset;
}

/// Returns the position after the closing quote; npos if there is none.
std::size_t end_of_quotes(std::string_view text, std::size_t offset) noexcept {
    const char quote = text[offset];
    for (++offset; offset < text.size(); ++offset) {
        if (text[offset] == '\\' && quote != '`') {
            ++offset;
        } else if (text[offset] == quote) {
            if (offset + 1 == text.size() || text[offset + 1] != quote) return offset + 1;
            ++offset;
        }
    }
    return std::string_view::npos;
}

}  // namespace

token next_token(std::string_view text, std::size_t offset) noexcept {
    while (offset < text.size() && is_space(text[offset]))
        ++offset;
    if (offset >= text.size()) return {token_kind::end, {}, text.size()};
    const auto make = [&](token_kind kind, std::size_t end) {
        return token{kind, text.substr(offset, end - offset), offset};
    };
    const char c = text[offset];
    if (starts_word(c)) {
        std::size_t end = offset;
        while (end < text.size() && continues_word(text[end]))
            ++end;
        return make(token_kind::word, end);
    }
    if (is_digit(c) || (c == '.' && offset + 1 < text.size() && is_digit(text[offset + 1])))
        return make(token_kind::number, end_of_number(text, offset));
    if (c == '\'' || c == '"' || c == '`') {
        const std::size_t end = end_of_quotes(text, offset);
        if (end == std::string_view::npos) return make(token_kind::broken, text.size());
        return make(c == '`' ? token_kind::quoted : token_kind::text, end);
    }
    const std::string_view pair = text.substr(offset, 2);
    if (pair == "<=" || pair == ">=" || pair == "!=" || pair == "<>")
        return make(token_kind::symbol, offset + 2);
    const bool known = std::string_view("(),.;*=<>+-").find(c) != std::string_view::npos;
    return make(known ? token_kind::symbol : token_kind::broken, offset + 1);
}

std::string unquoted(std::string_view spelling) {
    const char quote = spelling.front();
    const std::string_view inside = spelling.substr(1, spelling.size() - 2);
    std::string out;
    out.reserve(inside.size());
    for (std::size_t i = 0; i < inside.size(); ++i) {
        const char c = inside[i];
        if (c == quote) {
            out += c;
            ++i;
        } else if (c != '\\' || quote == '`' || i + 1 == inside.size()) {
            out += c;
        } else {
            const char escaped = inside[++i];
            switch (escaped) {
                case 'n': out += '\n'; break;
                case 'r': out += '\r'; break;
                case 't': out += '\t'; break;
                case 'x':
                case '%':
                case '_':
                    out += c;
                    out += escaped;
                    break;
                default: out += escaped; break;
            }
        }
    }
    return out;
}

bool is_keyword(std::string_view word, std::string_view keyword) noexcept {
    return std::equal(word.begin(), word.end(), keyword.begin(), keyword.end(),
                      [](char a, char b) { return lower(a) == lower(b); });
}

std::string lower_case(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(), lower);
    return out;
}

}  // namespace tmq::embedded::sql
