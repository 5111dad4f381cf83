#include "refused_randomness.hpp"

#include <sys/random.h>

#include <atomic>
#include <cerrno>

namespace {

std::atomic<bool> is_refused{false};

}  // namespace

/// In the place of the C library's.
extern "C" int getentropy(void* bytes, std::size_t size) {
    if (is_refused) return errno = EIO, -1;
    return ::getrandom(bytes, size, 0) == static_cast<ssize_t>(size) ? 0 : -1;
}

namespace tmq::test {

refused_randomness::refused_randomness() { is_refused = true; }
refused_randomness::~refused_randomness() { is_refused = false; }

}  // namespace tmq::test
