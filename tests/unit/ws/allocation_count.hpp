#pragma once

#include <cstddef>

/// How often operator new was called in this program so far. Counting is done by replacing it.
std::size_t allocation_count() noexcept;
