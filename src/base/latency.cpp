#include "base/latency.hpp"

#include <algorithm>

namespace tmq::base {
namespace {

std::chrono::nanoseconds quantile(const latency_summary& times, std::uint64_t per_mille) noexcept {
    const std::uint64_t wanted = (times.count * per_mille + 999) / 1000;
    std::uint64_t seen = 0;
    for (const latency_bucket& bucket : times.buckets) {
        seen += bucket.count;
        if (seen >= wanted) return std::clamp(bucket.upper, times.min, times.max);
    }
    return times.max;
}

}  // namespace

void fill_in_quantiles(latency_summary& times) noexcept {
    times.count = 0;
    for (const latency_bucket& bucket : times.buckets)
        times.count += bucket.count;
    if (times.count == 0) return;
    times.mean = times.total / static_cast<std::int64_t>(times.count);
    times.p50 = quantile(times, 500);
    times.p99 = quantile(times, 990);
}

}  // namespace tmq::base
