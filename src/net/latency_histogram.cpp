#include "net/latency_histogram.hpp"

#include <algorithm>
#include <bit>
#include <limits>

namespace tmq::net {

std::size_t latency_histogram::bucket_of(std::uint64_t nanoseconds) noexcept {
    constexpr std::uint64_t linear = std::uint64_t{1} << fraction_bits;
    if (nanoseconds < linear) return static_cast<std::size_t>(nanoseconds);
    const unsigned shift = static_cast<unsigned>(std::bit_width(nanoseconds)) - 1 - fraction_bits;
    return static_cast<std::size_t>(linear * shift + (nanoseconds >> shift));
}

std::uint64_t latency_histogram::top_of(std::size_t bucket) noexcept {
    constexpr std::uint64_t linear = std::uint64_t{1} << fraction_bits;
    if (bucket < linear) return bucket;
    const std::uint64_t shift = bucket / linear - 1;
    return ((linear + bucket % linear + 1) << shift) - 1;
}

void latency_histogram::add(std::chrono::nanoseconds time) noexcept {
    const auto value = static_cast<std::uint64_t>(std::max<std::int64_t>(time.count(), 0));
    std::uint32_t& count = counts_[bucket_of(value)];
    if (count != std::numeric_limits<std::uint32_t>::max()) ++count;
    least_ = count_ == 0 ? value : std::min(least_, value);
    most_ = std::max(most_, value);
    sum_ += value;
    ++count_;
}

std::chrono::nanoseconds latency_histogram::quantile(std::uint64_t per_mille) const noexcept {
    const std::uint64_t wanted = (count_ * per_mille + 999) / 1000;
    std::uint64_t seen = 0;
    for (std::size_t bucket = 0; bucket < bucket_count; ++bucket) {
        seen += counts_[bucket];
        if (seen >= wanted) return std::chrono::nanoseconds(std::clamp(top_of(bucket), least_, most_));
    }
    return std::chrono::nanoseconds(most_);
}

latency_summary latency_histogram::summary() const noexcept {
    latency_summary out;
    if (count_ == 0) return out;
    out.count = count_;
    out.min = std::chrono::nanoseconds(least_);
    out.mean = std::chrono::nanoseconds(sum_ / count_);
    out.p50 = quantile(500);
    out.p99 = quantile(990);
    out.max = std::chrono::nanoseconds(most_);
    return out;
}

}  // namespace tmq::net
