#pragma once

#include "embedded_server/sql/parser.hpp"
#include "embedded_server/sql/statement.hpp"
#include "tmq/meta.hpp"
#include "tmq/testing/cell.hpp"

#include <chrono>
#include <cstdint>
#include <variant>

namespace tmq::embedded::sql {

/// Value as a table stores it. TIMESTAMP is std::int64_t in ticks, DECIMAL its text, JSON its text without
/// white space.
using value = decltype(meta_value::data);

/// Context that gives literals their meaning.
struct value_context {
    time_precision precision = time_precision::milliseconds;
    std::chrono::system_clock::time_point now;
};

/// Converts a literal to a value of `column`. Returns an error if it does not fit.
std::variant<value, error> convert(const literal& source, const column_definition& column,
                                   const value_context& context);

/// Returns the value as a cell of a column of this type.
/// Lifetime: the cell is a view of `source`.
testing::cell as_cell(const value& source, data_type type, time_precision precision);

}  // namespace tmq::embedded::sql
