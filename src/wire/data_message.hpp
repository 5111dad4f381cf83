#pragma once

#include "tmq/detail/layout.hpp"
#include "wire/defect.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace tmq::wire {

constexpr std::uint16_t raw_type_data = 2;
constexpr std::uint16_t raw_type_meta_data = 4;

/// Checks a raw message of type 2 down to every cell, and describes it in `out`, which is emptied first and
/// keeps its memory: a message like the one before costs no allocation. `raw` must outlive the layout. On
/// failure `out` is empty. Throws std::bad_alloc only; memory stays within a small multiple of raw.size(), of
/// which JSON columns can take the largest, see json_growth.
defect parse_data_message(std::span<const std::uint8_t> raw, detail::message_layout& out);

/// The same for a raw message of type 4: rows whose insertion created tables. `created_tables` is emptied
/// first and then holds one item for each such insertion, the same table possibly several times: an encoded
/// SVCreateTbReq, not looked into. The items point into `raw`. On failure both are empty.
defect parse_meta_data_message(std::span<const std::uint8_t> raw, detail::message_layout& out,
                               std::vector<std::span<const std::uint8_t>>& created_tables);

}  // namespace tmq::wire
