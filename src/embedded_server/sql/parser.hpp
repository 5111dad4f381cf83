#pragma once

#include "embedded_server/sql/statement.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace tmq::embedded::sql {

/// A refusal as the server words it.
struct error {
    std::uint32_t code = 0;
    std::string text;
};

constexpr std::uint32_t syntax_error = 0x2600;

/// Reads one statement, at whose end a semicolon may stand. What is not understood is a syntax_error whose
/// text says where it is and what this server does not do. `text` must outlive the result. Never throws, but
/// for std::bad_alloc; needs no more than a few times the memory of the text.
std::variant<statement, error> parse(std::string_view text);

}  // namespace tmq::embedded::sql
