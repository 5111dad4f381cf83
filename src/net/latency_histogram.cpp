#include "net/latency_histogram.hpp"

#include "base/latency.hpp"

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
    constexpr auto relaxed = std::memory_order_relaxed;
    const auto value = static_cast<std::uint64_t>(std::max<std::int64_t>(time.count(), 0));
    std::atomic<std::uint32_t>& count = counts_[bucket_of(value)];
    const std::uint32_t counted = count.load(relaxed);
    if (counted != std::numeric_limits<std::uint32_t>::max()) count.store(counted + 1, relaxed);
    if (value < least_.load(relaxed)) least_.store(value, relaxed);
    if (value > most_.load(relaxed)) most_.store(value, relaxed);
    sum_.store(sum_.load(relaxed) + value, relaxed);
}

std::chrono::nanoseconds latency_histogram::shortest() const noexcept {
    const std::uint64_t least = least_.load(std::memory_order_relaxed);
    return std::chrono::nanoseconds(least == nothing ? 0 : static_cast<std::int64_t>(least));
}

latency_summary latency_histogram::summary() const {
    latency_summary out;
    for (std::size_t i = 0; i < bucket_count; ++i) {
        const std::uint32_t count = counts_[i].load(std::memory_order_relaxed);
        if (count != 0)
            out.buckets.push_back({std::chrono::nanoseconds(static_cast<std::int64_t>(top_of(i))), count});
    }
    if (out.buckets.empty()) return out;
    out.min = shortest();
    // A thread that reads while another adds may see a count before its time.
    out.max = std::max(std::chrono::nanoseconds(static_cast<std::int64_t>(most_.load())), out.min);
    out.total = std::chrono::nanoseconds(static_cast<std::int64_t>(sum_.load()));
    base::fill_in_quantiles(out);
    return out;
}

}  // namespace tmq::net
