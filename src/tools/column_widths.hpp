#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace tmq::tools {

/// Widths of the columns of a table, kept for as long as a cell may still be on the screen: the widest of the
/// last one or two `memory` bytes of output counts.
class column_widths {
  public:
    explicit column_widths(std::size_t memory) noexcept : memory_(memory) {}

    /// Other columns begin: none has a width yet.
    void start(std::size_t columns) {
        earlier_.assign(columns, 0);
        latest_.assign(columns, 0);
        printed_ = 0;
    }
    std::size_t size() const noexcept { return latest_.size(); }
    std::size_t operator[](std::size_t column) const noexcept {
        return std::max(earlier_[column], latest_[column]);
    }
    void widen(std::size_t column, std::size_t width) noexcept {
        latest_[column] = std::max(latest_[column], width);
    }

    /// So many bytes of lines with these widths were printed.
    void printed(std::size_t bytes) {
        printed_ += bytes;
        if (printed_ < memory_) return;
        printed_ = 0;
        earlier_.swap(latest_);
        std::fill(latest_.begin(), latest_.end(), 0);
    }

  private:
    std::size_t memory_;
    std::size_t printed_ = 0;
    std::vector<std::size_t> earlier_;
    std::vector<std::size_t> latest_;
};

}  // namespace tmq::tools
