#include "tools/tmqbench/progress.hpp"

#include "tools/tmqbench/process_usage.hpp"

namespace tmq::tools::tmqbench {

progress::progress(std::uint64_t rows)
    : rows_left_(static_cast<std::int64_t>(rows)), cpu_before_(cpu_seconds()) {}

void progress::start() {
    start_ = clock::now();
    cpu_at_start_ = cpu_seconds();
}

void progress::add(std::uint64_t rows) {
    const auto count = static_cast<std::int64_t>(rows);
    const std::int64_t before = rows_left_.fetch_sub(count);
    if (!has_message_.exchange(true)) first_ = clock::now() - start_;
    if (before <= 0 || before > count) return;
    all_ = clock::now() - start_;
    cpu_at_end_ = cpu_seconds();
}

}  // namespace tmq::tools::tmqbench
