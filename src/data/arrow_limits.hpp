#pragma once

#include "tmq/arrow.hpp"

#include <cstdint>
#include <limits>

namespace tmq::detail {

struct arrow_limits {
    /// Largest number of bytes that may be copied, over all columns.
    std::uint64_t max_bytes = std::uint64_t{4} << 30;
    /// Largest size of the text of a column with 32-bit offsets.
    std::uint64_t small_column = std::numeric_limits<std::int32_t>::max();
};

/// Exports a block as tmq::export_block() does, with limits that a test can lower.
void export_block(const std::shared_ptr<const message>& owner, const block_view& block, ArrowSchema* schema,
                  ArrowArray* array, const arrow_limits& limits);

}  // namespace tmq::detail
