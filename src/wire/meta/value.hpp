#pragma once

#include "tmq/meta.hpp"
#include "wire/defect.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace tmq::wire {

/// The value of a tag of a type that blocks may have too. `bytes`: the value without any length, NCHAR as
/// UCS-4LE, JSON as a set of tags; for types of fixed width just as many as they are wide. `position`: of
/// `bytes` inside the outermost span. Throws std::bad_alloc only.
defect read_value(data_type type, std::span<const std::uint8_t> bytes, std::uint64_t position,
                  meta_value& out);

/// A child table's tags that are not NULL, still without names. A set that is one JSON value is one tag, be
/// that NULL or not. Throws std::bad_alloc only.
defect read_tag_set(std::span<const std::uint8_t> set, std::uint64_t position, std::vector<tag_setting>& out);

}  // namespace tmq::wire
