#pragma once

#include "tmq/meta.hpp"
#include "wire/reader.hpp"

#include <cstdint>
#include <span>

namespace tmq::wire {

/// A super table as it is after its creation or alteration.
struct super_table {
    created_table table;
    std::span<const std::uint8_t> alteration;  ///< the request that altered it; empty when it was created
    std::uint64_t alteration_length_at = 0;
    std::uint64_t alteration_at = 0;
};

super_table read_super_table(reader& outer);

}  // namespace tmq::wire
