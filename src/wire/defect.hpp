#pragma once

#include "base/failure.hpp"
#include "tmq/error.hpp"

#include <cstdint>

namespace tmq::wire {

/// Outcome of parsing: an error and its position. A default-constructed one is a success.
struct defect {
    errc code{};
    /// Byte offset of the invalid field inside the span given to the outermost parse function. For
    /// errc::truncated, that of the first field that is not whole.
    std::uint64_t position = 0;

    explicit operator bool() const noexcept { return code != errc{}; }
    friend bool operator==(const defect&, const defect&) = default;
};

/// Converts a defect to the failure of an operation, whose text names the position.
base::failure failure_of(const defect& error);

}  // namespace tmq::wire
