#pragma once

#include "tmq/detail/byte_buffer.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace tmq::ws {

/// Memory that the connection reads into and that the frame decoder works in, so that a message is never
/// copied between the socket and the application.
///
/// Holds two runs of bytes: the kept ones (the fragments of a message so far), then the unread ones. The
/// bytes before and between them are consumed. Consumed bytes stay readable in place until the next
/// prepare(), keep() or take(): spans that the decoder returned rely on it.
class receive_buffer {
  public:
    /// Number of readable bytes, of any value, that follow the held ones: simdjson requires them.
    static constexpr std::size_t padding = 64;
    /// Room of the first block, without the padding. It suffices for the replies to a consumer without
    /// messages.
    static constexpr std::size_t first_room = 8 * 1024;
    /// Least room of every other block, without the padding: these hold messages.
    static constexpr std::size_t message_room = 64 * 1024;

    /// Returns all the free room after the held bytes: at least `min_room` bytes, and never less than 1.
    /// Moves or enlarges the memory if needed. *Throws* std::bad_alloc; the held bytes are intact then.
    std::span<std::uint8_t> prepare(std::size_t min_room);
    /// Adds the first `count` bytes of the room that prepare() returned to the unread ones.
    void commit(std::size_t count) noexcept;

    std::span<const std::uint8_t> unread() const noexcept { return {memory_.data() + begin_, end_ - begin_}; }
    /// Consumes the first `count` unread bytes. `count` is at most unread().size().
    void consume(std::size_t count) noexcept;

    /// Moves the first `count` unread bytes to the end of the kept ones. `count` is at most unread().size().
    void keep(std::size_t count) noexcept;
    std::size_t kept_size() const noexcept { return kept_end_ - kept_begin_; }
    /// Returns the kept bytes and marks them as consumed.
    std::span<const std::uint8_t> release_kept() noexcept;

    /// Exchanges the memory block for the one of `target`, without moving `payload`, and copies the held
    /// bytes to the new block, which is enlarged if it is too small. Returns the offset of `payload` in
    /// `target`; spans into the old block stay valid. `payload` must lie in this buffer. *Throws*
    /// std::bad_alloc; the held bytes are intact then.
    std::size_t take(detail::byte_buffer& target, std::span<const std::uint8_t> payload);

    /// Keeps `block` as the spare, which serves a message that is too large for the memory, and puts the
    /// previous spare into `block`. Returns false, and leaves `block` as it is, if it is smaller than
    /// `large`. A large message costs one more read with a spare, and the memory of one message less.
    bool reuse(detail::byte_buffer& block) noexcept {
        if (block.capacity() < large) return false;
        swap(spare_, block);
        return true;
    }

    /// Drops all bytes and keeps the memory, for a new connection.
    void clear() noexcept { kept_begin_ = kept_end_ = begin_ = end_ = 0; }

  private:
    static constexpr std::size_t large = std::size_t{1} << 20;

    std::size_t held_size() const noexcept { return kept_size() + (end_ - begin_); }
    std::size_t room() const noexcept {
        return memory_.capacity() == 0 ? 0 : memory_.capacity() - padding - end_;
    }
    void move_held_bytes(detail::byte_buffer& target) noexcept;
    void compact() noexcept;

    // kept_begin_ <= kept_end_ <= begin_ <= end_ <= capacity - padding
    detail::byte_buffer memory_;
    detail::byte_buffer spare_;
    std::size_t kept_begin_ = 0;
    std::size_t kept_end_ = 0;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
};

}  // namespace tmq::ws
