#pragma once

#include "tmq/arrow.hpp"

#include <cstdint>
#include <limits>

namespace tmq::detail {

struct arrow_limits {
    /// What may be copied, all columns together.
    std::uint64_t max_bytes = std::uint64_t{4} << 30;
    /// The most text that a column with 32-bit offsets holds.
    std::uint64_t small_column = std::numeric_limits<std::int32_t>::max();
};

void export_block(const std::shared_ptr<const message>& owner, const block_view& block, ArrowSchema* schema,
                  ArrowArray* array, const arrow_limits& limits);

}  // namespace tmq::detail
