#pragma once

#include <cstddef>

namespace tmq::test {

/// What operator new was asked for while the object lived, by this thread.
class allocation_counter {
  public:
    allocation_counter();
    std::size_t count() const;
    std::size_t bytes() const;

  private:
    std::size_t count_before_;
    std::size_t bytes_before_;
};

}  // namespace tmq::test
