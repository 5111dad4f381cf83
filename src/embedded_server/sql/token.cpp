#include "embedded_server/sql/token.hpp"

#include <algorithm>

namespace tmq::embedded::sql {

namespace {

bool is_space(char c) noexcept { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
bool starts_word(char c) noexcept { return c == '_' || (lower(c) >= 'a' && lower(c) <= 'z'); }
bool continues_word(char c) noexcept { return starts_word(c) || is_digit(c); }

/// The position behind digits, a point and an exponent.
std::size_t end_of_number(std::string_view text, std::size_t at) noexcept {
    const auto digits = [&] {
        while (at < text.size() && is_digit(text[at]))
            ++at;
    };
    digits();
    if (at < text.size() && text[at] == '.') {
        ++at;
        digits();
    }
    if (at == text.size() || lower(text[at]) != 'e') return at;
    std::size_t exponent = at + 1;
    if (exponent < text.size() && (text[exponent] == '+' || text[exponent] == '-')) ++exponent;
    if (exponent == text.size() || !is_digit(text[exponent])) return at;
    at = exponent;
    digits();
    return at;
}

/// The position behind the closing quote; npos when there is none.
std::size_t end_of_quotes(std::string_view text, std::size_t at) noexcept {
    const char quote = text[at];
    for (++at; at < text.size(); ++at) {
        if (text[at] == '\\' && quote != '`') {
            ++at;
        } else if (text[at] == quote) {
            if (at + 1 == text.size() || text[at + 1] != quote) return at + 1;
            ++at;
        }
    }
    return std::string_view::npos;
}

}  // namespace

token next_token(std::string_view text, std::size_t at) noexcept {
    while (at < text.size() && is_space(text[at]))
        ++at;
    if (at >= text.size()) return {token_kind::end, {}, text.size()};
    const auto made = [&](token_kind kind, std::size_t end) {
        return token{kind, text.substr(at, end - at), at};
    };
    const char c = text[at];
    if (starts_word(c)) {
        std::size_t end = at;
        while (end < text.size() && continues_word(text[end]))
            ++end;
        return made(token_kind::word, end);
    }
    if (is_digit(c) || (c == '.' && at + 1 < text.size() && is_digit(text[at + 1])))
        return made(token_kind::number, end_of_number(text, at));
    if (c == '\'' || c == '"' || c == '`') {
        const std::size_t end = end_of_quotes(text, at);
        if (end == std::string_view::npos) return made(token_kind::broken, text.size());
        return made(c == '`' ? token_kind::quoted : token_kind::text, end);
    }
    const std::string_view two = text.substr(at, 2);
    if (two == "<=" || two == ">=" || two == "!=" || two == "<>") return made(token_kind::symbol, at + 2);
    const bool known = std::string_view("(),.;*=<>+-").find(c) != std::string_view::npos;
    return made(known ? token_kind::symbol : token_kind::broken, at + 1);
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
                case '_': (out += c) += escaped; break;
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
