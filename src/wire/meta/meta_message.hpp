#pragma once

#include "tmq/meta.hpp"
#include "wire/defect.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace tmq::wire {

constexpr std::uint16_t raw_type_batch_meta = 5;
constexpr std::uint16_t raw_type_created_tables = 515;
constexpr std::uint16_t raw_type_altered_table = 517;
constexpr std::uint16_t raw_type_dropped_tables = 519;
constexpr std::uint16_t raw_type_created_super_table = 531;
constexpr std::uint16_t raw_type_altered_super_table = 533;
constexpr std::uint16_t raw_type_dropped_super_table = 535;
constexpr std::uint16_t raw_type_deletion = 579;

/// Reads a raw message that has metadata only, single or batch, and puts its changes into `out`, in order.
/// Types above 6 that are none of the above become unknown_meta. `out` holds copies and no views of `raw`. On
/// failure `out` is empty. Throws std::bad_alloc only. Memory stays within a small multiple of raw.size().
defect parse_meta_message(std::uint16_t raw_type, std::span<const std::uint8_t> raw, std::vector<meta>& out);

/// Reads the created tables in the tail of a message of type 4 into one create_table, or none if there are no
/// items. Each of `items` is one whole table inside `raw`; positions of failures count from the beginning
/// of `raw`. On failure `out` is empty. Throws std::bad_alloc only.
defect parse_created_tables(std::span<const std::uint8_t> raw,
                            std::span<const std::span<const std::uint8_t>> items, std::vector<meta>& out);

}  // namespace tmq::wire
