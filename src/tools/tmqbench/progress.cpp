#include "tools/tmqbench/progress.hpp"

#include "tools/tmqbench/process_usage.hpp"

namespace tmq::tools::tmqbench {

progress::progress(std::uint64_t rows)
    : rows_left_(static_cast<std::int64_t>(rows)), initial_cpu_(cpu_seconds()) {}

void progress::start() {
    start_ = clock::now();
    start_cpu_ = cpu_seconds();
}

void progress::add(std::uint64_t rows) {
    const auto count = static_cast<std::int64_t>(rows);
    const std::int64_t previous = rows_left_.fetch_sub(count);
    if (!has_message_.exchange(true)) first_message_ = clock::now() - start_;
    if (previous <= 0 || previous > count) return;
    total_ = clock::now() - start_;
    end_cpu_ = cpu_seconds();
}

}  // namespace tmq::tools::tmqbench
