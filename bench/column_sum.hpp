#pragma once

#include "tmq/block.hpp"

#include <cstdint>

namespace tmq::bench {

/// Sum of a column whose rows are not null.
std::int64_t sum(const column_view<std::int32_t>& column) noexcept;

}  // namespace tmq::bench
