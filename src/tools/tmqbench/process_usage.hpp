#pragma once

#include <cstdint>

namespace tmq::tools::tmqbench {

/// Returns the user and system time of this process, in seconds.
double cpu_seconds();
/// Returns the peak of the resident memory of this process.
std::uint64_t peak_memory_kb();
/// Returns the resident memory of this process.
std::uint64_t memory_kb();
/// Returns the bytes that are allocated and not freed (in the main arena).
std::uint64_t allocated_bytes();
/// Raises the limit of open files to the hard limit.
void allow_many_files();

}  // namespace tmq::tools::tmqbench
