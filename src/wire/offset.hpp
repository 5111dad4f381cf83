#pragma once

#include "tmq/detail/layout.hpp"
#include "wire/reader.hpp"

namespace tmq::wire {

/// Reads an offset of a head of version 100 (docs/protocol.md, "Data message").
detail::wire_offset read_offset(byte_reader& reader) noexcept;

/// Reads an offset of a head without version, which is a log offset or a snapshot offset.
detail::wire_offset read_unversioned_offset(byte_reader& reader) noexcept;

}  // namespace tmq::wire
