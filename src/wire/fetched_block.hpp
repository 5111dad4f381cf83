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

/// Description of a block in the reply to `fetch`, before fetch_block brings its bytes. Nothing here needs to
/// outlive append_block().
struct block_schema {
    std::string_view table_name;  ///< empty for query topics
    std::int64_t rows = 0;
    std::int64_t precision = 0;  ///< 0 ms, 1 us, 2 ns
    std::span<const field_schema> fields;
};

/// Checks a block of its own against its schema, and appends it to `out` with its names. `block` must outlive
/// the layout; the names are copied. Positions of failures count from the first byte of the block, and that
/// is also the position of an unknown precision. On failure `out` is unchanged. Throws std::bad_alloc only,
/// and `out` may then hold a half-read block. clear() the layout before the first block of a message.
defect append_block(std::span<const std::uint8_t> block, const block_schema& schema,
                    detail::message_layout& out);

}  // namespace tmq::wire
