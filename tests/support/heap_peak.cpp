#include "support/heap_peak.hpp"

#include <malloc.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>

namespace {

std::atomic<std::size_t> in_use{0};
std::atomic<std::size_t> most{0};

void* added(void* block) noexcept {
    const std::size_t now = in_use += malloc_usable_size(block);
    if (now > most) most = now;
    return block;
}

}  // namespace

extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* block, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);
void __libc_free(void* block);

void* malloc(std::size_t size) { return added(__libc_malloc(size)); }
void* calloc(std::size_t count, std::size_t size) { return added(__libc_calloc(count, size)); }
void* realloc(void* block, std::size_t size) {
    in_use -= malloc_usable_size(block);
    return added(__libc_realloc(block, size));
}
void* aligned_alloc(std::size_t alignment, std::size_t size) {
    return added(__libc_memalign(alignment, size));
}
int posix_memalign(void** block, std::size_t alignment, std::size_t size) {
    *block = added(__libc_memalign(alignment, size));
    return *block == nullptr ? ENOMEM : 0;
}
void free(void* block) {
    in_use -= malloc_usable_size(block);
    __libc_free(block);
}
}

namespace tmq::test {

heap_peak::heap_peak() noexcept : before_(in_use) { most = before_; }
std::size_t heap_peak::bytes() const noexcept { return most - before_; }

}  // namespace tmq::test
