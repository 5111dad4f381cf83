#pragma once

#include "tmq/meta.hpp"
#include "wire/reader.hpp"

#include <cstdint>
#include <span>

namespace tmq::wire {

/// A super table after its creation or alteration.
struct super_table {
    created_table table;
    std::span<const std::uint8_t> alteration;  ///< request that altered it; empty for a creation
    std::uint64_t alteration_length_position = 0;
    std::uint64_t alteration_position = 0;
};

super_table read_super_table(byte_reader& outer);

}  // namespace tmq::wire
