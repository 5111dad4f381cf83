#pragma once

#include "tmq/detail/byte_buffer.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

namespace tmq::detail {

/// Memory for the text that the parser makes. It stays in place until clear(), which keeps the memory. The
/// total is at most a small multiple of what was taken at once, and 4 KiB.
class text_store {
  public:
    /// Returns `size` bytes of any content.
    /// *Throws* std::bad_alloc.
    std::uint8_t* take(std::size_t size) {
        while (current_ < chunks_.size() && chunks_[current_].capacity() - used_ < size) {
            ++current_;
            used_ = 0;
        }
        if (current_ == chunks_.size()) {
            // Doubles the total each time, so that a message like the one before fits, whatever its parts.
            byte_buffer chunk;
            chunk.grow(std::max({size, total_, least_chunk}), 0);
            chunks_.push_back(std::move(chunk));
            total_ += chunks_.back().capacity();
        }
        std::uint8_t* const room = chunks_[current_].data() + used_;
        used_ += size;
        return room;
    }

    void clear() noexcept {
        current_ = 0;
        used_ = 0;
    }

    /// True if all of `size` bytes are inside the memory of this store.
    bool holds(const std::uint8_t* bytes, std::size_t size) const noexcept {
        const std::less_equal<const std::uint8_t*> precedes;
        return std::any_of(chunks_.begin(), chunks_.end(), [&](const byte_buffer& chunk) {
            const std::uint8_t* const end = chunk.data() + chunk.capacity();
            return precedes(chunk.data(), bytes) && precedes(bytes, end) &&
                   size <= static_cast<std::size_t>(end - bytes);
        });
    }

  private:
    static constexpr std::size_t least_chunk = 4096;

    std::vector<byte_buffer> chunks_;
    std::size_t current_ = 0;
    std::size_t used_ = 0;
    std::size_t total_ = 0;
};

}  // namespace tmq::detail
