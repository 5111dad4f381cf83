#pragma once

#include <cstddef>
#include <cstdint>

/// Values that the server defines: see docs/protocol.md.
namespace tmq::base {

/// Bytes of the longest name of a topic, a consumer group, a table or a column.
inline constexpr std::size_t max_name_size = 192;

/// Stands for an offset in replies to `committed` if the group has committed nothing.
inline constexpr std::int64_t nothing_committed = -2147467247;

}  // namespace tmq::base
