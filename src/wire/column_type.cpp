#include "wire/column_type.hpp"

#include "tmq/types.hpp"

namespace tmq::wire {

column_type column_type_of(std::uint8_t number) noexcept {
    switch (static_cast<data_type>(number)) {
        case data_type::null: return {column_form::null, 0};
        case data_type::boolean:
        case data_type::tinyint:
        case data_type::unsigned_tinyint: return {column_form::fixed, 1};
        case data_type::smallint:
        case data_type::unsigned_smallint: return {column_form::fixed, 2};
        case data_type::integer:
        case data_type::unsigned_integer:
        case data_type::real: return {column_form::fixed, 4};
        case data_type::bigint:
        case data_type::unsigned_bigint:
        case data_type::double_precision:
        case data_type::timestamp: return {column_form::fixed, 8};
        case data_type::varchar:
        case data_type::varbinary:
        case data_type::geometry: return {column_form::bytes, 0};
        case data_type::nchar: return {column_form::nchar, 0};
        case data_type::json: return {column_form::json, 0};
        case data_type::decimal: return {column_form::decimal, 16};
        case data_type::decimal64: return {column_form::decimal, 8};
        case data_type::blob: return {column_form::blob, 0};
        case data_type::mediumblob: return {column_form::unsupported, 0};
    }
    return {};
}

}  // namespace tmq::wire
