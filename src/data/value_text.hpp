#pragma once

#include "tmq/value.hpp"

#include <fmt/format.h>

namespace tmq::data {

/// What to_string(value) and to_json(value) return, for callers with a buffer of their own.
void append_plain(fmt::memory_buffer& out, const value& of);
void append_json(fmt::memory_buffer& out, const value& of);

}  // namespace tmq::data
