#pragma once

#include <cstdint>

namespace tmq {

class consumer;

namespace detail {

struct consumer_access {
    /// The message delivered last does not count as processed, unless it does already.
    static void forget_delivery(consumer& source) noexcept;
    /// Number of calls of cancel() so far.
    static std::uint64_t cancellations(const consumer& source) noexcept;
};

}  // namespace detail
}  // namespace tmq
