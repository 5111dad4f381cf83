#pragma once

#include "base/failure.hpp"
#include "tmq/error.hpp"

#include <cstdint>

namespace tmq::wire {

/// Outcome of parsing: what is wrong and where. Default constructed = success.
struct defect {
    errc code{};
    /// Byte offset, inside the span given to the outermost parse function, of the field that is wrong; for
    /// errc::truncated, of the first field that is not whole.
    std::uint64_t position = 0;

    explicit operator bool() const noexcept { return code != errc{}; }
    friend bool operator==(const defect&, const defect&) = default;
};

/// The defect as the failure of an operation, with its place.
base::failure failure_of(const defect& found);

}  // namespace tmq::wire
