#include "subscription/backoff.hpp"

#include <algorithm>
#include <cmath>

namespace tmq::subscription {

backoff::backoff(const config& settings, std::uint64_t seed) noexcept
    : retries_(settings.reconnect_retries()),
      time_(settings.reconnect_for()),
      interval_(static_cast<double>(settings.reconnect_interval().count())),
      factor_(settings.reconnect_factor()),
      longest_(static_cast<double>(
          std::max(settings.reconnect_interval(), settings.reconnect_max_interval()).count())),
      jitter_(settings.reconnect_jitter()),
      state_(seed) {}

std::optional<std::chrono::milliseconds> backoff::next(time_point now) noexcept {
    using std::chrono::milliseconds;
    if (retries_ != config::unlimited_retries && attempt_ >= retries_) return std::nullopt;
    if (attempt_ == 0) {
        attempt_ = 1;
        since_ = now;
        return milliseconds(0);
    }
    const auto passed = std::chrono::floor<milliseconds>(now - since_);
    if (time_.count() != 0 && passed >= time_) return std::nullopt;
    if (attempt_ != config::unlimited_retries) ++attempt_;
    const double longer = std::min(interval_ * std::pow(factor_, attempt_ - 2), longest_);
    const milliseconds wait(static_cast<std::int64_t>(longer * (1 + jitter_ * (2 * random() - 1))));
    // The last attempt starts when the time is up.
    return time_.count() == 0 ? wait : std::min(wait, time_ - passed);
}

/// SplitMix64, as a number from 0 to 1.
double backoff::random() noexcept {
    std::uint64_t z = state_ += 0x9E3779B97F4A7C15;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
    z = (z ^ z >> 27) * 0x94D049BB133111EB;
    z ^= z >> 31;
    return static_cast<double>(z >> 11) * 0x1.0p-53;
}

}  // namespace tmq::subscription
