#pragma once

#include "tmq/value.hpp"

#include <fmt/format.h>

namespace tmq::data {

/// Append the results of to_string(value) and to_json(value) to a buffer of the caller.
void append_plain(fmt::memory_buffer& out, const value_view& cell);
void append_json(fmt::memory_buffer& out, const value_view& cell);

}  // namespace tmq::data
