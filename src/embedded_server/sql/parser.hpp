#pragma once

#include "embedded_server/sql/statement.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace tmq::embedded::sql {

/// Refusal of a statement: code and text.
struct error {
    std::uint32_t code = 0;
    std::string text;
};

constexpr std::uint32_t syntax_error = 0x2600;

/// Parses one statement; a semicolon may end it.
/// A statement that is not understood is a syntax_error. Its text quotes the position, and names the syntax
/// that is not supported.
/// Memory: a few times the size of the text.
/// Throws: only std::bad_alloc.
/// Lifetime: `text` must outlive the result.
std::variant<statement, error> parse(std::string_view text);

}  // namespace tmq::embedded::sql
