#pragma once

#include "tmq/detail/layout.hpp"
#include "wire/defect.hpp"

#include <cstdint>
#include <span>
#include <string_view>

namespace tmq::wire {

struct field_schema {
    std::string_view name;
    std::uint8_t type = 0;  ///< its number on the wire
};

/// What the reply to `fetch` says about the block that fetch_block then brings. Nothing here needs to outlive
/// append_block().
struct block_schema {
    std::string_view table_name;  ///< empty for query topics
    std::int64_t rows = 0;
    std::int64_t precision = 0;  ///< 0 ms, 1 us, 2 ns
    std::span<const field_schema> fields;
};

/// Checks a block that came alone, and that it is the one which the schema describes, and appends it to `out`
/// with its names. `block` must outlive the layout, the names are copied. Positions of failures count from
/// the block's first byte; an unknown precision is placed there. On failure `out` is as it was. Throws
/// std::bad_alloc only, then `out` may hold a half-read block. For the first block of a message: clear() the
/// layout.
defect append_block(std::span<const std::uint8_t> block, const block_schema& schema,
                    detail::message_layout& out);

}  // namespace tmq::wire
