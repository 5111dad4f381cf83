#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tmq::embedded::sql {

enum class token_kind : std::uint8_t {
    end,
    word,    ///< A keyword or an unquoted name.
    quoted,  ///< A name in backquotes.
    number,  ///< A number without a sign.
    text,    ///< A text in single or double quotes.
    symbol,  ///< One character, or one of <= >= != <>.
    broken   ///< Quotes without an end, or a character that no token starts with.
};

/// Piece of a statement.
/// Lifetime: it holds a view of the statement.
struct token {
    token_kind kind = token_kind::end;
    std::string_view spelling;  ///< Includes the quotes.
    std::size_t offset = 0;
};

/// Returns the token that starts at `offset`, or after the white space there.
token next_token(std::string_view statement, std::size_t offset) noexcept;

/// Returns the content of a token of kind `quoted` or `text`, with escapes resolved as a real server does it.
/// \n, \r and \t are control characters, a backslash before x, % or _ stays, any other backslash is removed.
/// A doubled quote is one quote.
std::string unquoted(std::string_view spelling);

/// True if `word`, in any case, is `keyword`.
bool is_keyword(std::string_view word, std::string_view keyword) noexcept;

/// Converts ASCII letters to lower case, as the server does with unquoted names.
std::string lower_case(std::string_view text);

}  // namespace tmq::embedded::sql
