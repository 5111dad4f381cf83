#pragma once

#include "tmq/config.hpp"

#include <chrono>
#include <cstdint>
#include <optional>

namespace tmq::subscription {

/// Decides when a lost connection is tried again. The first attempt starts at once. Each further one waits
/// longer, up to a limit, and for a random time more or less, so that consumers that lost the same server do
/// not return at the same moment.
class backoff {
  public:
    using time_point = std::chrono::steady_clock::time_point;

    backoff(const config& settings, std::uint64_t seed) noexcept;

    /// Returns the wait before the next attempt; nothing when the attempts or their time are used up. The
    /// first call after the construction or after succeeded() starts that time.
    std::optional<std::chrono::milliseconds> next(time_point now) noexcept;
    /// Number of the attempt that next() was asked for last; 0 before the first.
    std::uint32_t attempt() const noexcept { return attempt_; }
    /// The connection was of use: the next loss is a new one.
    void succeeded() noexcept { attempt_ = 0; }

  private:
    double random() noexcept;

    std::uint32_t retries_;
    std::chrono::milliseconds time_;  ///< of all attempts; 0: no limit
    time_point since_;                ///< the first attempt
    double interval_;                 ///< in milliseconds, as the others
    double factor_;
    double longest_;
    double jitter_;
    std::uint64_t state_;
    std::uint32_t attempt_ = 0;
};

}  // namespace tmq::subscription
