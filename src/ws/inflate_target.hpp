#pragma once

#include "tmq/detail/byte_buffer.hpp"
#include "ws/receive_buffer.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

namespace tmq::ws {

/// Memory that a message is inflated into: the buffer's, doubled whenever it is too small, up to the limit.
/// receive_buffer::padding bytes always follow it.
class inflate_target {
  public:
    /// `spare` bytes of the padding, at most all of it, can be written as well. They distinguish a message of
    /// exactly the limit from a longer one.
    inflate_target(detail::byte_buffer& out, std::size_t compressed_size, std::uint64_t max_size,
                   std::size_t spare)
        : out_(out),
          limit_(static_cast<std::size_t>(
              std::min<std::uint64_t>(max_size, std::numeric_limits<std::size_t>::max() / 4))),
          spare_(spare) {
        // Rows compress to a third or a sixth. Too much room costs nothing, since the system provides a page
        // only when it is written to; too little room makes libdeflate start again.
        constexpr std::size_t usual_ratio = 8;
        constexpr std::size_t smallest = 1024;
        const std::size_t guess = std::min(limit_, compressed_size > limit_ / usual_ratio
                                                       ? limit_
                                                       : std::max(compressed_size * usual_ratio, smallest));
        // The guess is ample, so half of it is often enough. Messages of about one size differ by a few
        // bytes, and must not make the buffer grow each time.
        if (out_.capacity() < (guess + 1) / 2 + receive_buffer::padding)
            out_.grow(guess + receive_buffer::padding, 0);
    }

    std::size_t limit() const noexcept { return limit_; }
    std::span<std::uint8_t> room() noexcept { return {out_.data(), std::min(capacity(), limit_) + spare_}; }

    /// Enlarges the room and keeps its first `used` bytes. Returns false if the limit is reached.
    bool grow(std::size_t used) {
        if (capacity() >= limit_) return false;
        out_.grow(std::min(capacity() * 2, limit_) + receive_buffer::padding, used);
        return true;
    }

  private:
    std::size_t capacity() const noexcept { return out_.capacity() - receive_buffer::padding; }

    detail::byte_buffer& out_;
    std::size_t limit_;
    std::size_t spare_;
};

}  // namespace tmq::ws
