#include "ws/receive_buffer.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <limits>
#include <new>

namespace tmq::ws {
namespace {

/// With less room than this a read is not worth a system call, if more can be had cheaply.
constexpr std::size_t small_room = 16 * 1024;

/// Far above any real size, and low enough that sums of a few of them cannot wrap.
constexpr std::size_t size_limit = std::numeric_limits<std::size_t>::max() / 4;

void move_bytes(std::uint8_t* to, const std::uint8_t* from, std::size_t count) noexcept {
    if (count != 0 && to != from) std::memmove(to, from, count);
}

}  // namespace

std::span<std::uint8_t> receive_buffer::prepare(std::size_t at_least) {
    // No room at all would make a reader spin on empty reads.
    at_least = std::max<std::size_t>(at_least, 1);
    if (at_least > size_limit) throw std::bad_alloc();
    if (held() == 0) clear();

    const std::size_t needed = held() + at_least + padding;
    if (needed > memory_.capacity()) {
        const std::size_t least = padding + (memory_.capacity() == 0 ? first_room : message_room);
        // Of a message in fragments nobody knows the size: growing by half keeps its cost linear. Others may
        // be followed by a little larger ones.
        const std::size_t ample = kept_size() != 0
                                      ? memory_.capacity() + memory_.capacity() / 2
                                      : needed + (needed - padding > message_room ? needed / 16 : 0);
        const bool is_spare_enough = spare_.capacity() >= needed;
        detail::byte_buffer grown;
        if (!is_spare_enough) {
            spare_ = detail::byte_buffer();
            grown.grow(std::max({needed, least, ample}), 0);
        }
        detail::byte_buffer& larger = is_spare_enough ? spare_ : grown;
        move_held_to(larger);
        swap(memory_, larger);
    } else if (room() < at_least || (room() < small_room && held() <= end_ - held())) {
        compact();
    }
    return {memory_.data() + end_, room()};
}

void receive_buffer::commit(std::size_t count) noexcept {
    assert(count <= room());
    end_ += count;
}

void receive_buffer::consume(std::size_t count) noexcept {
    assert(count <= end_ - begin_);
    begin_ += count;
}

void receive_buffer::keep(std::size_t count) noexcept {
    assert(count <= end_ - begin_);
    if (kept_size() == 0) kept_begin_ = kept_end_ = begin_;
    move_bytes(memory_.data() + kept_end_, memory_.data() + begin_, count);
    kept_end_ += count;
    begin_ += count;
}

std::span<const std::uint8_t> receive_buffer::release_kept() noexcept {
    const std::span<const std::uint8_t> bytes(memory_.data() + kept_begin_, kept_size());
    kept_begin_ = kept_end_ = begin_;
    return bytes;
}

std::size_t receive_buffer::take(detail::byte_buffer& into, std::span<const std::uint8_t> payload) {
    const std::size_t offset =
        payload.empty() ? 0 : static_cast<std::size_t>(payload.data() - memory_.data());
    assert(offset + payload.size() <= memory_.capacity());
    into.grow(std::max(held() + padding, first_room + padding), 0);
    move_held_to(into);
    swap(memory_, into);
    return offset;
}

/// Copies the held bytes to the front of `other` and points the indices there; the caller swaps the blocks.
void receive_buffer::move_held_to(detail::byte_buffer& other) noexcept {
    const std::size_t kept = kept_size();
    const std::size_t unread = end_ - begin_;
    move_bytes(other.data(), memory_.data() + kept_begin_, kept);
    move_bytes(other.data() + kept, memory_.data() + begin_, unread);
    kept_begin_ = 0;
    kept_end_ = begin_ = kept;
    end_ = kept + unread;
}

void receive_buffer::compact() noexcept { move_held_to(memory_); }

}  // namespace tmq::ws
