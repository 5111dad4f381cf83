#pragma once

#include <cstdint>

namespace tmq::wire {

/// How the cells of a column lie in a block. Those from `bytes` on are variable: they have one i32 offset per row and no null bitmap.
enum class column_form : std::uint8_t {
    unknown,      ///< no type of TDengine
    unsupported,  ///< a type this version does not read
    null,         ///< a null bitmap and nothing else
    fixed,        ///< a null bitmap and the values side by side
    decimal,      ///< as fixed; the declared size is replaced by scale, precision and width
    bytes,        ///< offsets of cells with a u16 length and bytes
    blob,         ///< as bytes, the length being a u32
    nchar,        ///< as bytes, holding UCS-4
    json,         ///< offsets of cells that are as long as their content says; text in blocks that were fetched one by one
};

struct column_type {
    column_form form = column_form::unknown;
    std::uint8_t width = 0;  ///< of a value, for the forms fixed and decimal
};

/// By the number of the type on the wire.
column_type column_type_of(std::uint8_t number) noexcept;

}  // namespace tmq::wire
