#pragma once

#include "tmq/stats.hpp"

namespace tmq::base {

/// Fills in count, mean and quantiles from the buckets, `total`, `min` and `max`.
void fill_in_quantiles(latency_summary& times) noexcept;

}  // namespace tmq::base
