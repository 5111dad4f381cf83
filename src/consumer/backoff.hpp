#pragma once

#include "tmq/config.hpp"

#include <chrono>
#include <cstdint>
#include <optional>

namespace tmq {

/// When a lost connection is tried again. The first attempt goes out at once, each next one waits longer, up to a limit, and a little more or
/// less than the others' next one, so that consumers that lost the same server do not come back at the same moment.
class backoff {
  public:
    backoff(const config& settings, std::uint64_t seed) noexcept;

    /// How long to wait before the next attempt; nothing when all are used up.
    std::optional<std::chrono::milliseconds> next() noexcept;
    /// Number of the attempt that next() was asked for last; 0 before the first.
    std::uint32_t attempt() const noexcept { return attempt_; }
    /// The connection was of use: the next loss is a new one.
    void succeeded() noexcept { attempt_ = 0; }

  private:
    double random() noexcept;

    std::uint32_t retries_;
    double interval_;  ///< in milliseconds, as the others
    double factor_;
    double longest_;
    double jitter_;
    std::uint64_t state_;
    std::uint32_t attempt_ = 0;
};

}  // namespace tmq
