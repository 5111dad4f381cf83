#pragma once

#include <cstddef>

namespace tmq::test {

/// False under ThreadSanitizer, whose operator new cannot be replaced. All counts are 0 then, so a test that
/// expects some must be skipped; one that expects none checks nothing there.
bool counts_allocations() noexcept;

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

/// While one lives, operator new refuses this thread `size` bytes and more at once.
class allocation_limit {
  public:
    explicit allocation_limit(std::size_t size);
    ~allocation_limit();
    allocation_limit(const allocation_limit&) = delete;
    allocation_limit& operator=(const allocation_limit&) = delete;
};

}  // namespace tmq::test
