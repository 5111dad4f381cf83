#pragma once

#include "embedded_server/sql/parser.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tmq::embedded::sql {

/// Result of a statement: rows of numbers and texts.
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

/// Returns the result of a statement without rows of its own.
result affected_rows(std::int64_t count);
/// Returns the number of affected rows if that is the result, else the number of rows.
std::int64_t row_count(const result& table);
/// Returns a result with one column of texts.
result text_column(std::string name, std::int32_t bytes, std::vector<std::string> values);

/// Writes the JSON reply of /rest/sql.
std::string to_json(const outcome& reply);
std::string to_json(const error& refusal);

}  // namespace tmq::embedded::sql
