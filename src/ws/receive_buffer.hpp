#pragma once

#include "tmq/detail/byte_buffer.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace tmq::ws {

/// Memory the connection reads into and the frame decoder works in, so that a message is never copied on its
/// way to the application.
///
/// Holds two runs of bytes, `kept` (the fragments of a message so far) before `unread`; what lies between and
/// before them was consumed. Consumed bytes stay readable where they are until the next prepare(), keep() or
/// take(): spans the decoder gave out rely on it.
class receive_buffer {
  public:
    /// Bytes behind every held byte that are readable memory (of any value), as simdjson requires.
    static constexpr std::size_t padding = 64;
    /// Room of the first block, without the padding: for the replies that a consumer without messages gets.
    static constexpr std::size_t first_room = 8 * 1024;
    /// Of the next one, at least: for messages.
    static constexpr std::size_t message_room = 64 * 1024;

    /// All the free room behind the held bytes, at least `at_least` (and never less than 1) bytes. Moves or
    /// grows the memory when needed. Throws std::bad_alloc; the held bytes are intact then.
    std::span<std::uint8_t> prepare(std::size_t at_least);
    /// The first `count` bytes of what prepare() returned were filled.
    void commit(std::size_t count) noexcept;

    std::span<const std::uint8_t> unread() const noexcept { return {memory_.data() + begin_, end_ - begin_}; }
    /// Drops the first `count` unread bytes. count <= unread().size().
    void consume(std::size_t count) noexcept;

    /// Moves the first `count` unread bytes behind the kept ones. count <= unread().size().
    void keep(std::size_t count) noexcept;
    std::size_t kept_size() const noexcept { return kept_end_ - kept_begin_; }
    /// The kept bytes, which count as consumed from now on.
    std::span<const std::uint8_t> release_kept() noexcept;

    /// Hands the whole memory block over to `into`, without moving `payload`, and goes on in the block that
    /// `into` had (grown if it is too small), where the held bytes are copied to. Returns the offset of
    /// `payload` in the handed-over block; spans into it stay valid. `payload` lies in this buffer. Throws
    /// std::bad_alloc; the held bytes are intact then.
    std::size_t take(detail::byte_buffer& into, std::span<const std::uint8_t> payload);

    /// Keeps a block for a message that is too large for the memory at hand, and gives the one that was kept
    /// before. False: it is not `large`, and stays where it is. A large message costs a read more in this
    /// way, and the memory of one message less.
    bool reuse(detail::byte_buffer& block) noexcept {
        if (block.capacity() < large) return false;
        swap(spare_, block);
        return true;
    }

    /// Forgets all bytes and keeps the memory, for a new connection.
    void clear() noexcept { kept_begin_ = kept_end_ = begin_ = end_ = 0; }

  private:
    static constexpr std::size_t large = std::size_t{1} << 20;

    std::size_t held() const noexcept { return kept_size() + (end_ - begin_); }
    std::size_t room() const noexcept {
        return memory_.capacity() == 0 ? 0 : memory_.capacity() - padding - end_;
    }
    void move_held_to(detail::byte_buffer& other) noexcept;
    void compact() noexcept;

    /// kept_begin_ <= kept_end_ <= begin_ <= end_ <= capacity - padding
    detail::byte_buffer memory_;
    detail::byte_buffer spare_;
    std::size_t kept_begin_ = 0;
    std::size_t kept_end_ = 0;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
};

}  // namespace tmq::ws
