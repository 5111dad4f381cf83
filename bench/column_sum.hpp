#pragma once

#include "tmq/block.hpp"

#include <cstdint>

namespace tmq::bench {

/// Sums of columns whose rows are not null; integers wrap around.
std::int64_t sum(const column_view<std::int32_t>& column) noexcept;
std::int64_t sum(const column_view<std::int64_t>& column) noexcept;
double sum(const column_view<float>& column) noexcept;
double sum(const column_view<double>& column) noexcept;

}  // namespace tmq::bench
