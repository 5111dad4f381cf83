#pragma once

#include <cstdint>

namespace tmq::test {

/// Calls of malloc, calloc, realloc, aligned_alloc and posix_memalign that this thread has made. Counted
/// below operator new, because Asio allocates with aligned_alloc.
std::uint64_t allocations_of_this_thread() noexcept;

}  // namespace tmq::test
