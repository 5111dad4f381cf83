#pragma once

#include "tmq/types.hpp"

#include <cstddef>

namespace tmq::embedded::encode {

/// Size of a value of a fixed-width type; 0 for other types.
constexpr std::size_t width_of(data_type type) noexcept {
    switch (type) {
        case data_type::boolean:
        case data_type::tinyint:
        case data_type::unsigned_tinyint: return 1;
        case data_type::smallint:
        case data_type::unsigned_smallint: return 2;
        case data_type::integer:
        case data_type::unsigned_integer:
        case data_type::real: return 4;
        case data_type::bigint:
        case data_type::unsigned_bigint:
        case data_type::double_precision:
        case data_type::decimal64:
        case data_type::timestamp: return 8;
        case data_type::decimal: return 16;
        default: return 0;
    }
}

constexpr bool is_decimal(data_type type) noexcept {
    return type == data_type::decimal || type == data_type::decimal64;
}

/// True if the values of a column of this type vary in length.
constexpr bool is_variable(data_type type) noexcept {
    switch (type) {
        case data_type::varchar:
        case data_type::nchar:
        case data_type::json:
        case data_type::varbinary:
        case data_type::blob:
        case data_type::geometry: return true;
        default: return false;
    }
}

}  // namespace tmq::embedded::encode
