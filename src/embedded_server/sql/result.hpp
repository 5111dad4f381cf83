#pragma once

#include "embedded_server/sql/parser.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tmq::embedded::sql {

/// What a statement brings: rows of numbers and texts.
struct result {
    struct field {
        std::string name;
        std::string_view type;
        std::int32_t bytes = 0;
    };
    std::vector<field> fields;
    std::vector<std::vector<std::variant<std::int64_t, std::string>>> rows;
};

using outcome = std::variant<result, error>;

/// The result of a statement without rows of its own.
result affected_rows(std::int64_t count);
/// The affected rows, or how many rows there are.
std::int64_t row_count(const result& of);
/// One column of texts.
result text_column(std::string name, std::int32_t bytes, std::vector<std::string> values);

/// The JSON that /rest/sql answers with.
std::string to_json(const outcome& from);
std::string to_json(const error& from);

}  // namespace tmq::embedded::sql
