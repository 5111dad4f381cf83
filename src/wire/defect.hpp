#pragma once

#include "base/failure.hpp"

#include <cstdint>

namespace tmq::wire {

using base::defect_code;

/// Outcome of parsing: an error and its position. A default-constructed one is a success.
struct defect {
    defect_code code{};
    /// Byte offset of the invalid field inside the span given to the outermost parse function. For
    /// defect_code::truncated, that of the first field that is not whole.
    std::uint64_t position = 0;

    explicit operator bool() const noexcept { return code != defect_code{}; }
    friend bool operator==(const defect&, const defect&) = default;
};

/// Converts a defect to the failure of an operation, whose text names the position.
base::failure failure_of(const defect& error);

}  // namespace tmq::wire
