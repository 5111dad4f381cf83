#pragma once

#include "tmq/meta.hpp"
#include "wire/defect.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace tmq::wire {

/// Reads the value of a tag, of a type that blocks may have too. `bytes` is the value without any length:
/// NCHAR as UCS-4LE, JSON as a tag set, and exactly the width of a type of fixed width. `position` is that of
/// `bytes` inside the outermost span. Throws std::bad_alloc only.
defect read_value(data_type type, std::span<const std::uint8_t> bytes, std::uint64_t position,
                  meta_value& out);

/// Reads the tags of a child table that are not NULL, still without names. A JSON tag is one entry even if it
/// is NULL. Throws std::bad_alloc only.
defect read_tag_set(std::span<const std::uint8_t> set, std::uint64_t position, std::vector<tag_setting>& out);

}  // namespace tmq::wire
