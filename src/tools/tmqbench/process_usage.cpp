#include "tools/tmqbench/process_usage.hpp"

#include <malloc.h>
#include <sys/resource.h>

#include <fstream>
#include <string>
#include <string_view>

namespace tmq::tools::tmqbench {
namespace {

/// Reads a field of /proc/self/status: getrusage would include the process that started this one.
std::uint64_t status_kb(std::string_view name) {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with(name)) return std::stoull(line.substr(name.size()));
    return 0;
}

}  // namespace

double cpu_seconds() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

std::uint64_t peak_memory_kb() { return status_kb("VmHWM:"); }
std::uint64_t memory_kb() { return status_kb("VmRSS:"); }

std::uint64_t allocated_bytes() {
    const struct mallinfo2 state = mallinfo2();
    return state.uordblks + state.hblkhd;
}

void allow_many_files() {
    rlimit files{};
    if (getrlimit(RLIMIT_NOFILE, &files) != 0) return;
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
}

}  // namespace tmq::tools::tmqbench
