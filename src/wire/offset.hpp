#pragma once

#include "tmq/detail/layout.hpp"
#include "wire/reader.hpp"

namespace tmq::wire {

/// An offset of a head of version 100.
detail::wire_offset read_offset(reader& in) noexcept;

/// An offset of a head without version, which knows log and snapshot offsets only.
detail::wire_offset read_unversioned_offset(reader& in) noexcept;

}  // namespace tmq::wire
