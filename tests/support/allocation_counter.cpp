#include "support/allocation_counter.hpp"

#include <cstdint>
#include <cstdlib>
#include <new>

namespace {

thread_local std::size_t allocations = 0;
thread_local std::size_t allocated_bytes = 0;
thread_local std::size_t refused_size = SIZE_MAX;

[[maybe_unused]] void* try_allocate(std::size_t size) noexcept {
    ++allocations;
    allocated_bytes += size;
    if (size >= refused_size) return nullptr;
    return std::malloc(size == 0 ? 1 : size);
}

[[maybe_unused]] void* allocate(std::size_t size) {
    if (void* memory = try_allocate(size)) return memory;
    throw std::bad_alloc();
}

}  // namespace

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define TMQ_THREAD_SANITIZER
#endif
#endif
#ifndef TMQ_THREAD_SANITIZER
void* operator new(std::size_t size) { return allocate(size); }
void* operator new[](std::size_t size) { return allocate(size); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return try_allocate(size); }
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept { return try_allocate(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, const std::nothrow_t&) noexcept { std::free(memory); }
void operator delete[](void* memory, const std::nothrow_t&) noexcept { std::free(memory); }
#endif

namespace tmq::test {

bool counts_allocations() noexcept {
#ifdef TMQ_THREAD_SANITIZER
    return false;
#else
    return true;
#endif
}

allocation_counter::allocation_counter() : count_before_(allocations), bytes_before_(allocated_bytes) {}
std::size_t allocation_counter::count() const { return allocations - count_before_; }
std::size_t allocation_counter::bytes() const { return allocated_bytes - bytes_before_; }

allocation_limit::allocation_limit(std::size_t size) { refused_size = size; }
allocation_limit::~allocation_limit() { refused_size = SIZE_MAX; }

}  // namespace tmq::test
