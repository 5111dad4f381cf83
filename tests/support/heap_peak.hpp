#pragma once

#include <cstddef>

namespace tmq::test {

/// The most heap memory that the process had in use while the object lived, beyond what it had before.
/// Counted below operator new.
class heap_peak {
  public:
    heap_peak() noexcept;
    std::size_t bytes() const noexcept;

  private:
    std::size_t before_;
};

}  // namespace tmq::test
