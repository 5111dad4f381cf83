#include "tmq/describe.hpp"

#include <fmt/format.h>

namespace tmq::detail {
namespace {

std::string_view unit_of(const column_layout& column, time_precision precision) noexcept {
    if (column.type != data_type::timestamp) return "";
    switch (precision) {
        case time_precision::milliseconds: return " in milliseconds";
        case time_precision::microseconds: return " in microseconds";
        case time_precision::nanoseconds: return " in nanoseconds";
    }
    return "";
}

}  // namespace

std::string member_place::text() const { return fmt::format("member '{}' of {}", member_, struct_name_()); }

void member_place::throw_no_column() const { throw error(errc::no_such_column, text()); }

void member_place::throw_mismatch(const column_layout& column, time_precision precision,
                                  std::string_view type) const {
    throw error(errc::column_type_mismatch,
                fmt::format("{}: column '{}' is {}{}, not {}", text(), column.name, to_string(column.type),
                            unit_of(column, precision), type));
}

void member_place::throw_null(const column_layout& column, std::string_view type) const {
    throw error(errc::unexpected_null, fmt::format("{}: column '{}' read as {}", text(), column.name, type));
}

}  // namespace tmq::detail
