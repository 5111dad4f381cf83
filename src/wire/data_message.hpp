#pragma once

#include "tmq/detail/layout.hpp"
#include "wire/defect.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace tmq::wire {

constexpr std::uint16_t raw_type_data = 2;
constexpr std::uint16_t raw_type_meta_data = 4;

/// Checks a raw message of type 2 down to every cell, and describes it in `out`. `out` is emptied first and
/// keeps its memory, so a message like the last one costs no allocation. `raw` must outlive the layout. On
/// failure `out` is empty. Throws std::bad_alloc only. Memory stays within a small multiple of raw.size();
/// JSON columns grow most, see json_growth.
defect parse_data_message(std::span<const std::uint8_t> raw, detail::message_layout& out);

/// Checks and describes a raw message of type 4: rows whose insertion created tables. `created_tables` is
/// emptied first and then holds one item for each such insertion, so the same table possibly several times.
/// An item is an encoded SVCreateTbReq, is not parsed here, and points into `raw`. On failure both are empty.
/// Otherwise as parse_data_message().
defect parse_meta_data_message(std::span<const std::uint8_t> raw, detail::message_layout& out,
                               std::vector<std::span<const std::uint8_t>>& created_tables);

}  // namespace tmq::wire
