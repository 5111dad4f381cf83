#pragma once

#include "tmq/types.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace tmq::wire {

/// Form of a column in a block (docs/protocol.md, "Block"). The forms from `bytes` on are variable: they have
/// one i32 offset per row and no null bitmap.
enum class column_form : std::uint8_t {
    unknown,      ///< no type of TDengine
    unsupported,  ///< a type that this library does not read
    null,         ///< a null bitmap and nothing else
    fixed,        ///< a null bitmap and the values side by side
    decimal,      ///< as fixed; the declared size is replaced by scale, precision and width
    bytes,        ///< offsets of cells with a u16 length and bytes
    blob,         ///< as bytes, the length being a u32
    nchar,        ///< as bytes, holding UCS-4
    json,         ///< offsets of cells without length, see json_form; as bytes in replies to fetch_block
};

struct column_type {
    column_form form = column_form::unknown;
    std::uint8_t width = 0;  ///< of a value, for the forms fixed and decimal
};

constexpr column_type describe(data_type type) noexcept {
    switch (type) {
        case data_type::null: return {column_form::null, 0};
        case data_type::boolean:
        case data_type::tinyint:
        case data_type::unsigned_tinyint:
        case data_type::smallint:
        case data_type::unsigned_smallint:
        case data_type::integer:
        case data_type::unsigned_integer:
        case data_type::real:
        case data_type::bigint:
        case data_type::unsigned_bigint:
        case data_type::double_precision:
        case data_type::timestamp: return {column_form::fixed, static_cast<std::uint8_t>(width_of(type))};
        case data_type::varchar:
        case data_type::varbinary:
        case data_type::geometry: return {column_form::bytes, 0};
        case data_type::nchar: return {column_form::nchar, 0};
        case data_type::json: return {column_form::json, 0};
        case data_type::decimal:
        case data_type::decimal64: return {column_form::decimal, static_cast<std::uint8_t>(width_of(type))};
        case data_type::blob: return {column_form::blob, 0};
        case data_type::mediumblob: return {column_form::unsupported, 0};
    }
    return {};
}

inline constexpr auto column_types = [] {
    std::array<column_type, 256> types;
    for (std::size_t number = 0; number < types.size(); ++number)
        types[number] = describe(static_cast<data_type>(number));
    return types;
}();

/// Returns the form of the type with this number on the wire. This is a table, because it is read twice for
/// every column of every block.
constexpr column_type column_type_of(std::uint8_t number) noexcept { return column_types[number]; }

}  // namespace tmq::wire
