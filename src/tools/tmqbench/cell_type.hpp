#pragma once

#include "tmq/decimal.hpp"
#include "tmq/types.hpp"

#include <chrono>
#include <cstdint>
#include <string_view>
#include <type_traits>

namespace tmq::tools::tmqbench {

/// Calls `use` with the std::type_identity of the C++ type that reads columns of `type`. Returns false if
/// there is none.
template <class Use>
bool with_cell_type(data_type type, const Use& use) {
    switch (type) {
        case data_type::boolean: use(std::type_identity<bool>()); return true;
        case data_type::tinyint: use(std::type_identity<std::int8_t>()); return true;
        case data_type::smallint: use(std::type_identity<std::int16_t>()); return true;
        case data_type::integer: use(std::type_identity<std::int32_t>()); return true;
        case data_type::bigint: use(std::type_identity<std::int64_t>()); return true;
        case data_type::unsigned_tinyint: use(std::type_identity<std::uint8_t>()); return true;
        case data_type::unsigned_smallint: use(std::type_identity<std::uint16_t>()); return true;
        case data_type::unsigned_integer: use(std::type_identity<std::uint32_t>()); return true;
        case data_type::unsigned_bigint: use(std::type_identity<std::uint64_t>()); return true;
        case data_type::real: use(std::type_identity<float>()); return true;
        case data_type::double_precision: use(std::type_identity<double>()); return true;
        case data_type::timestamp: use(std::type_identity<timestamp>()); return true;
        case data_type::varchar:
        case data_type::nchar:
        case data_type::json: use(std::type_identity<std::string_view>()); return true;
        case data_type::varbinary:
        case data_type::geometry:
        case data_type::blob: use(std::type_identity<bytes_view>()); return true;
        case data_type::decimal:
        case data_type::decimal64: use(std::type_identity<decimal>()); return true;
        case data_type::null:
        case data_type::mediumblob: break;
    }
    return false;
}

inline std::uint64_t to_ms(const timestamp& value) noexcept {
    return static_cast<std::uint64_t>(value.to<std::chrono::milliseconds>().time_since_epoch().count());
}

}  // namespace tmq::tools::tmqbench
