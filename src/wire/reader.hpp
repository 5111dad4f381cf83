#pragma once

#include "wire/defect.hpp"

#include <boost/endian/conversion.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <type_traits>

namespace tmq::wire {

/// Reads a little-endian number from any address, because nothing on the wire is aligned.
template <class T>
T load_le(const std::uint8_t* bytes) noexcept {
    return boost::endian::endian_load<T, sizeof(T), boost::endian::order::little>(bytes);
}
/// Reads a big-endian number from any address.
template <class T>
T load_be(const std::uint8_t* bytes) noexcept {
    return boost::endian::endian_load<T, sizeof(T), boost::endian::order::big>(bytes);
}

/// Reads untrusted bytes from the first to the last. After the first defect, which is kept, nothing remains
/// and every read returns zeros, so you can read a run of fields and check ok() once.
class byte_reader {
  public:
    /// `base` is the position of the first byte inside the outermost span. The bytes must outlive the reader.
    explicit byte_reader(std::span<const std::uint8_t> bytes, std::uint64_t base = 0) noexcept
        : bytes_(bytes), base_(base) {}

    bool ok() const noexcept { return !error_; }
    const defect& error() const noexcept { return error_; }
    std::size_t remaining() const noexcept { return bytes_.size() - next_; }
    std::uint64_t position() const noexcept { return base_ + next_; }

    /// Records a defect, unless there is one already.
    void refuse(defect_code code, std::uint64_t position) noexcept { refuse(defect{code, position}); }
    /// Records the outcome of a part that was read elsewhere, unless it is a success.
    void refuse(const defect& error) noexcept {
        if (error_ || !error) return;
        error_ = error;
        next_ = bytes_.size();
    }

    /// Reads a little-endian number.
    template <class T>
    T fixed() noexcept {
        const auto bytes = take(sizeof(T), position());
        return bytes.empty() ? T{} : load_le<T>(bytes.data());
    }
    /// Reads a big-endian number.
    template <class T>
    T fixed_be() noexcept {
        const auto bytes = take(sizeof(T), position());
        return bytes.empty() ? T{} : load_be<T>(bytes.data());
    }

    /// Reads a varint (docs/protocol.md, "Encodings") of at most as many bytes as T needs.
    template <std::unsigned_integral T>
    T varint() noexcept {
        // Nearly all varints have one byte.
        if (next_ != bytes_.size() && bytes_[next_] < 0x80) return bytes_[next_++];
        return long_varint<T>();
    }

    /// Reads a varint with the sign in its lowest bit.
    template <std::signed_integral T>
    T zigzag() noexcept {
        using U = std::make_unsigned_t<T>;
        const U value = varint<U>();
        return static_cast<T>(static_cast<U>(value >> 1) ^ static_cast<U>(U{0} - (value & 1U)));
    }

    /// Returns the bytes that are not read yet, or none after a defect.
    std::span<const std::uint8_t> rest() const noexcept { return bytes_.subspan(next_); }
    /// Skips `bytes` and returns true if they are the next ones.
    bool skip(std::span<const std::uint8_t> bytes) noexcept {
        if (bytes.size() > remaining() || std::memcmp(bytes.data(), bytes_.data() + next_, bytes.size()) != 0)
            return false;
        next_ += bytes.size();
        return true;
    }

    /// Reads the next `count` bytes. If there are fewer, the defect is at `position`: that of the number that
    /// announced them.
    std::span<const std::uint8_t> take(std::uint64_t count, std::uint64_t position) noexcept {
        if (count > remaining()) {
            refuse(defect_code::truncated, position);
            return {};
        }
        const auto bytes = bytes_.subspan(next_, static_cast<std::size_t>(count));
        next_ += bytes.size();
        return bytes;
    }

  private:
    template <std::unsigned_integral T>
    T long_varint() noexcept {
        constexpr unsigned bits = std::numeric_limits<T>::digits;
        const std::uint64_t start = position();
        T value = 0;
        for (unsigned shift = 0; shift < bits; shift += 7) {
            if (remaining() == 0) {
                refuse(defect_code::truncated, start);
                return 0;
            }
            const unsigned byte = bytes_[next_++];
            // In the last byte only the bits that T has room for may be set, and not the continuation bit.
            if (bits - shift < 7 && byte >> (bits - shift) != 0) break;
            value = static_cast<T>(value | static_cast<T>(static_cast<T>(byte & 0x7FU) << shift));
            if (byte < 0x80) return value;
        }
        refuse(defect_code::varint_too_large, start);
        return 0;
    }

    std::span<const std::uint8_t> bytes_;
    std::size_t next_ = 0;
    std::uint64_t base_;
    defect error_;
};

}  // namespace tmq::wire
