#include "ws/receive_buffer.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <limits>
#include <new>

namespace tmq::ws {
namespace {

/// A read into less room than this is not worth a system call, if moving the bytes gives more.
constexpr std::size_t small_room = 16 * 1024;

/// Far above any real size, and low enough that sums of a few of them cannot wrap.
constexpr std::size_t size_limit = std::numeric_limits<std::size_t>::max() / 4;

void move_bytes(std::uint8_t* target, const std::uint8_t* source, std::size_t count) noexcept {
    if (count != 0 && target != source) std::memmove(target, source, count);
}

}  // namespace

std::span<std::uint8_t> receive_buffer::prepare(std::size_t min_room) {
    // Without any room a reader would loop on empty reads.
    min_room = std::max<std::size_t>(min_room, 1);
    if (min_room > size_limit) throw std::bad_alloc();
    if (held_size() == 0) clear();

    const std::size_t needed = held_size() + min_room + padding;
    if (needed > memory_.capacity()) {
        const std::size_t min_capacity = padding + (memory_.capacity() == 0 ? first_room : message_room);
        // The size of a message in fragments is unknown: growing by half keeps its cost linear. A whole
        // message may be followed by slightly larger ones: a sixteenth is added.
        const std::size_t ample_capacity = kept_size() != 0
                                               ? memory_.capacity() + memory_.capacity() / 2
                                               : needed + (needed - padding > message_room ? needed / 16 : 0);
        const bool is_spare_enough = spare_.capacity() >= needed;
        detail::byte_buffer grown;
        if (!is_spare_enough) {
            spare_ = detail::byte_buffer();
            grown.grow(std::max({needed, min_capacity, ample_capacity}), 0);
        }
        detail::byte_buffer& larger = is_spare_enough ? spare_ : grown;
        move_held_bytes(larger);
        swap(memory_, larger);
    } else if (room() < min_room || (room() < small_room && held_size() <= end_ - held_size())) {
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

std::size_t receive_buffer::take(detail::byte_buffer& target, std::span<const std::uint8_t> payload) {
    const std::size_t offset =
        payload.empty() ? 0 : static_cast<std::size_t>(payload.data() - memory_.data());
    assert(offset + payload.size() <= memory_.capacity());
    target.grow(std::max(held_size() + padding, first_room + padding), 0);
    move_held_bytes(target);
    swap(memory_, target);
    return offset;
}

/// Copies the held bytes to the front of `target` and sets the indices accordingly. The caller swaps the
/// blocks.
void receive_buffer::move_held_bytes(detail::byte_buffer& target) noexcept {
    const std::size_t kept = kept_size();
    const std::size_t unread = end_ - begin_;
    move_bytes(target.data(), memory_.data() + kept_begin_, kept);
    move_bytes(target.data() + kept, memory_.data() + begin_, unread);
    kept_begin_ = 0;
    kept_end_ = begin_ = kept;
    end_ = kept + unread;
}

void receive_buffer::compact() noexcept { move_held_bytes(memory_); }

}  // namespace tmq::ws
