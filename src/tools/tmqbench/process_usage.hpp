#pragma once

#include <cstdint>

namespace tmq::tools::tmqbench {

/// User and system time of this process, in seconds.
double cpu_seconds();
/// The most memory that this process had at one time.
std::uint64_t peak_memory_kb();
/// The memory it has now.
std::uint64_t memory_kb();
/// What of it was allocated and not freed.
std::uint64_t allocated_bytes();
/// Lets this process open as many files as it may.
void allow_many_files();

}  // namespace tmq::tools::tmqbench
