#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <utility>

namespace tmq::detail {

/// Owned bytes that are not zero-filled when they grow and keep their memory when they are reused. Moving
/// leaves an empty buffer.
class byte_buffer {
  public:
    byte_buffer() noexcept = default;
    byte_buffer(byte_buffer&& source) noexcept
        : bytes_(std::move(source.bytes_)), capacity_(std::exchange(source.capacity_, 0)) {}
    byte_buffer& operator=(byte_buffer&& source) noexcept {
        bytes_ = std::move(source.bytes_);
        capacity_ = std::exchange(source.capacity_, 0);
        return *this;
    }

    std::uint8_t* data() noexcept { return bytes_.get(); }
    const std::uint8_t* data() const noexcept { return bytes_.get(); }
    std::size_t capacity() const noexcept { return capacity_; }

    /// Makes room for `capacity` bytes and keeps the first `used`. Never shrinks.
    /// *Throws* std::bad_alloc; without `used` bytes the buffer may be empty then.
    void grow(std::size_t capacity, std::size_t used) {
        if (capacity <= capacity_) return;
        // Frees the old block first, so that large blocks are not held twice.
        if (used == 0) *this = byte_buffer();
        std::unique_ptr<std::uint8_t[]> bytes(new std::uint8_t[capacity]);
        if (used != 0) std::memcpy(bytes.get(), bytes_.get(), used);
        bytes_ = std::move(bytes);
        capacity_ = capacity;
    }

    friend void swap(byte_buffer& a, byte_buffer& b) noexcept {
        std::swap(a.bytes_, b.bytes_);
        std::swap(a.capacity_, b.capacity_);
    }

  private:
    std::unique_ptr<std::uint8_t[]> bytes_;
    std::size_t capacity_ = 0;
};

}  // namespace tmq::detail
