#include "tmqbench/progress.hpp"

#include <sys/resource.h>

#include <fstream>
#include <string>

namespace tmq::bench {

double cpu_seconds() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto of = [](const timeval& time) { return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6; };
    return of(usage.ru_utime) + of(usage.ru_stime);
}

/// getrusage would tell of the process that started this one, too.
std::uint64_t peak_memory_kb() {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with("VmHWM:")) return std::stoull(line.substr(6));
    return 0;
}

progress::progress(std::size_t members, std::uint64_t rows)
    : missing_(members), reading_(members), rows_left_(static_cast<std::int64_t>(rows)), cpu_before_(cpu_seconds()) {}

void progress::joined() {
    start_ = clock::now();
    --missing_;
}

void progress::add(std::uint64_t rows) {
    const auto count = static_cast<std::int64_t>(rows);
    const std::int64_t before = rows_left_.fetch_sub(count);
    if (!has_message_.exchange(true)) first_ = clock::now() - start_.load();
    if (before <= 0 || before > count) return;
    all_ = clock::now() - start_.load();
    cpu_ = cpu_seconds() - cpu_before_;
}

}  // namespace tmq::bench
