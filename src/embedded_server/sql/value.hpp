#pragma once

#include "embedded_server/sql/parser.hpp"
#include "embedded_server/sql/statement.hpp"
#include "tmq/embedded_server.hpp"
#include "tmq/meta.hpp"

#include <chrono>
#include <cstdint>
#include <variant>

namespace tmq::embedded::sql {

/// A value as a table keeps it. TIMESTAMP is std::int64_t in ticks, DECIMAL its text, JSON its text without
/// white space.
using value = decltype(meta_value::data);

/// What literals mean depends on it.
struct value_context {
    time_precision precision = time_precision::milliseconds;
    std::chrono::system_clock::time_point now;
};

/// The value of a literal in this column. An error when it does not fit.
std::variant<value, error> convert(const literal& from, const column_definition& to,
                                   const value_context& context);

/// The value as a cell of a column of this type; a view.
cell as_cell(const value& from, data_type type, time_precision precision);

}  // namespace tmq::embedded::sql
