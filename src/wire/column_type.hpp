#pragma once

#include <cstdint>

namespace tmq::wire {

/// How the cells of a column lie in a block.
enum class column_form : std::uint8_t {
    unknown,      ///< no type of TDengine
    unsupported,  ///< a type this version does not read
    null,         ///< a null bitmap and nothing else
    fixed,        ///< a null bitmap and the values side by side
    bytes,        ///< offsets of cells with a length and bytes
    nchar,        ///< as bytes, holding UCS-4
};

struct column_type {
    column_form form = column_form::unknown;
    std::uint8_t width = 0;  ///< of a value, for form fixed
};

/// By the number of the type on the wire.
column_type column_type_of(std::uint8_t number) noexcept;

}  // namespace tmq::wire
