#pragma once

#include "tmq/types.hpp"

#include <cstddef>

namespace tmq::embedded {

/// Bytes per value of a fixed-width type; 0 for the others.
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
        case data_type::timestamp: return 8;
        default: return 0;
    }
}

/// Whether a block_builder can have a column of this type with values of varying length.
constexpr bool is_variable(data_type type) noexcept {
    return type == data_type::varchar || type == data_type::nchar || type == data_type::varbinary || type == data_type::geometry;
}

}  // namespace tmq::embedded
