#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace tmq::tools {

/// Widths of the columns of a table. A width is that of the widest cell in the last one to two `memory` bytes
/// of output, so a wide cell counts while it may still be on the screen.
class column_widths {
  public:
    explicit column_widths(std::size_t memory) noexcept : memory_(memory) {}

    /// Starts a table with other columns, all of width 0.
    void start(std::size_t columns) {
        earlier_.assign(columns, 0);
        latest_.assign(columns, 0);
        output_ = 0;
    }
    std::size_t size() const noexcept { return latest_.size(); }
    std::size_t operator[](std::size_t column) const noexcept {
        return std::max(earlier_[column], latest_[column]);
    }
    void widen(std::size_t column, std::size_t width) noexcept {
        latest_[column] = std::max(latest_[column], width);
    }

    /// Counts `bytes` of lines that were printed with these widths.
    void count_output(std::size_t bytes) {
        output_ += bytes;
        if (output_ < memory_) return;
        output_ = 0;
        earlier_.swap(latest_);
        std::fill(latest_.begin(), latest_.end(), 0);
    }

  private:
    std::size_t memory_;
    std::size_t output_ = 0;
    std::vector<std::size_t> earlier_;
    std::vector<std::size_t> latest_;
};

}  // namespace tmq::tools
