#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tmq::embedded::sql {

enum class token_kind : std::uint8_t {
    end,
    word,    ///< a keyword or a name without quotes
    quoted,  ///< a name in backquotes
    number,  ///< without a sign
    text,    ///< in single or double quotes
    symbol,  ///< one character, or one of <= >= != <>
    broken   ///< quotes that do not end, or a character that starts nothing
};

/// A piece of a statement; views into it.
struct token {
    token_kind kind = token_kind::end;
    std::string_view spelling;  ///< with quotes
    std::size_t at = 0;
};

/// The token that starts at or behind `from`, white space left out. Never throws.
token next_token(std::string_view statement, std::size_t from) noexcept;

/// What stands in the quotes of a token of kind quoted or text, escapes resolved. As the real server: \n, \r
/// and \t are what they look like, a backslash before x, % or _ stays, any other one goes; quotes may be
/// doubled.
std::string unquoted(std::string_view spelling);

/// Whether a word is this keyword, which is given in upper case.
bool is_keyword(std::string_view word, std::string_view keyword) noexcept;

/// ASCII letters in lower case, as the server takes names without quotes.
std::string lower_case(std::string_view text);

}  // namespace tmq::embedded::sql
