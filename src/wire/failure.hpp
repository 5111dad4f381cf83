#pragma once

#include "tmq/error.hpp"

#include <cstdint>

namespace tmq::wire {

/// Outcome of parsing: what is wrong and where. Default constructed = success.
struct failure {
    errc code{};
    /// Byte offset, inside the span given to the outermost parse function, of the field that is wrong; for errc::truncated, of the
    /// first field that is not whole.
    std::uint64_t position = 0;

    explicit operator bool() const noexcept { return code != errc{}; }
    friend bool operator==(const failure&, const failure&) = default;
};

}  // namespace tmq::wire
