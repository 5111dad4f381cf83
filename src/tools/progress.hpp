#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace tmq::tools {

/// Shows rows, rows/s and lag on a terminal, at most once a second.
class progress {
  public:
    bool is_due() const noexcept { return is_on_terminal_ && std::chrono::steady_clock::now() >= next_; }
    /// Prints the rows and the lag, and the rate since the last call.
    void show(std::uint64_t rows, std::optional<std::int64_t> lag);

  private:
    using time_point = std::chrono::steady_clock::time_point;

    static bool has_terminal() noexcept;

    bool is_on_terminal_ = has_terminal();
    time_point last_ = std::chrono::steady_clock::now();
    time_point next_ = last_ + std::chrono::seconds(1);
    std::uint64_t last_rows_ = 0;
};

}  // namespace tmq::tools
