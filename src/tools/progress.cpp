#include "tools/progress.hpp"

#include "tools/say.hpp"

#include <unistd.h>

#include <string>

namespace tmq::tools {

bool progress::has_terminal() noexcept { return isatty(STDERR_FILENO) == 1; }

void progress::show(std::uint64_t rows, std::optional<std::int64_t> lag) {
    const time_point now = std::chrono::steady_clock::now();
    const double rate =
        static_cast<double>(rows - last_rows_) / std::chrono::duration<double>(now - last_).count();
    say("{} rows, {:.0f} rows/s, lag {}", rows, rate, lag ? std::to_string(*lag) : "unknown");
    last_ = now;
    last_rows_ = rows;
    next_ = now + std::chrono::seconds(1);
}

}  // namespace tmq::tools
