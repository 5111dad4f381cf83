#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <span>

namespace tmq::fuzz {

/// A property that every input must have; breaking it is a crash for the fuzzer.
inline void require(bool holds, const char* what) {
    if (holds) return;
    std::fprintf(stderr, "broken: %s\n", what);
    std::abort();
}

/// The input in memory of exactly its size (and `padding` bytes that may be read), so that the sanitizer sees
/// every byte too many.
class exact_copy {
  public:
    explicit exact_copy(std::span<const std::uint8_t> input, std::size_t padding = 0)
        : bytes_(new std::uint8_t[input.size() + padding]()), size_(input.size()) {
        for (std::size_t i = 0; i < size_; ++i)
            bytes_[i] = input[i];
    }
    std::span<const std::uint8_t> get() const { return {bytes_.get(), size_}; }

  private:
    std::unique_ptr<std::uint8_t[]> bytes_;
    std::size_t size_;
};

/// Whether `part` lies inside `whole`.
inline bool inside(std::span<const std::uint8_t> part, std::span<const std::uint8_t> whole) {
    return part.empty() ||
           (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

}  // namespace tmq::fuzz
