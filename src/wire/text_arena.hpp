#pragma once

#include "tmq/detail/byte_buffer.hpp"

#include <cstddef>
#include <cstdint>

namespace tmq::wire {

/// Room for the UTF-8 copies of a message's NCHAR columns. All of it is set aside with the first column, so that later columns do not
/// move the text that earlier ones point to.
class text_arena {
  public:
    /// `limit`: size of the message. NCHAR columns are disjoint parts of it, so together they cannot need more.
    text_arena(detail::byte_buffer& buffer, std::size_t limit) noexcept : buffer_(buffer), limit_(limit) {}

    struct room {
        std::uint8_t* text;    ///< `size` bytes, kept
        std::uint8_t* bitmap;  ///< bitmap_size(size) bytes, free again with the next take()
    };

    /// Sizes of all calls together must not exceed the limit. Throws std::bad_alloc.
    room take(std::size_t size) {
        buffer_.grow(limit_ + bitmap_size(limit_), 0);
        std::uint8_t* text = buffer_.data() + used_;
        used_ += size;
        return {text, text + size};
    }

    /// Bytes for one bit per byte of text, in whole 64-bit words.
    static constexpr std::size_t bitmap_size(std::size_t size) noexcept { return (size / 64 + 1) * 8; }

  private:
    detail::byte_buffer& buffer_;
    std::size_t limit_;
    std::size_t used_ = 0;
};

}  // namespace tmq::wire
