#include "consumer/backoff.hpp"

#include <algorithm>
#include <cmath>

namespace tmq {

backoff::backoff(const config& settings, std::uint64_t seed) noexcept
    : retries_(settings.reconnect_retries()),
      interval_(static_cast<double>(settings.reconnect_interval().count())),
      factor_(settings.reconnect_factor()),
      longest_(static_cast<double>(std::max(settings.reconnect_interval(), settings.reconnect_max_interval()).count())),
      jitter_(settings.reconnect_jitter()),
      state_(seed) {}

std::optional<std::chrono::milliseconds> backoff::next() noexcept {
    if (attempt_ >= retries_) return std::nullopt;
    if (++attempt_ == 1) return std::chrono::milliseconds(0);
    const double wait = std::min(interval_ * std::pow(factor_, attempt_ - 2), longest_);
    return std::chrono::milliseconds(static_cast<std::int64_t>(wait * (1 + jitter_ * (2 * random() - 1))));
}

/// SplitMix64, as a number from 0 to 1.
double backoff::random() noexcept {
    std::uint64_t z = state_ += 0x9E3779B97F4A7C15;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
    z = (z ^ z >> 27) * 0x94D049BB133111EB;
    z ^= z >> 31;
    return static_cast<double>(z >> 11) * 0x1.0p-53;
}

}  // namespace tmq
