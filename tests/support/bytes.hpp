#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tmq::test {

/// Builds wire bytes field by field. A field can be marked with a name, to be found again: for patching it,
/// or for saying where a parser must have seen it.
class byte_builder {
  public:
    byte_builder& mark(const std::string& name) { return mark_at(name, bytes_.size()); }

    /// The lowest `size` bytes of the number, lowest first.
    byte_builder& little(std::uint64_t value, std::size_t size) {
        for (std::size_t i = 0; i < size; ++i)
            bytes_.push_back(static_cast<std::uint8_t>(value >> 8 * i));
        return *this;
    }
    byte_builder& big(std::uint64_t value, std::size_t size) {
        for (std::size_t i = size; i-- > 0;)
            bytes_.push_back(static_cast<std::uint8_t>(value >> 8 * i));
        return *this;
    }
    byte_builder& u8(std::uint64_t value) { return little(value, 1); }
    byte_builder& u16(std::uint64_t value) { return little(value, 2); }
    byte_builder& u32(std::uint64_t value) { return little(value, 4); }
    byte_builder& u64(std::uint64_t value) { return little(value, 8); }
    byte_builder& i32(std::int64_t value) { return little(static_cast<std::uint64_t>(value), 4); }
    byte_builder& i64(std::int64_t value) { return little(static_cast<std::uint64_t>(value), 8); }

    byte_builder& varint(std::uint64_t value) {
        for (; value >= 0x80; value >>= 7)
            u8(0x80 | (value & 0x7F));
        return u8(value);
    }
    byte_builder& zigzag(std::int64_t value) {
        return varint(static_cast<std::uint64_t>(value) << 1 ^ static_cast<std::uint64_t>(value >> 63));
    }

    byte_builder& raw(std::span<const std::uint8_t> bytes) {
        for (const std::uint8_t byte : bytes)
            bytes_.push_back(byte);  // insert() draws false warnings from g++ 12
        return *this;
    }
    byte_builder& text(std::string_view text) {
        return raw({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
    }
    /// A length that counts the NUL, the text, the NUL.
    byte_builder& cstr(std::string_view value) { return varint(value.size() + 1).text(value).u8(0); }

    /// Another builder's bytes and marks, the marks prefixed.
    byte_builder& append(const byte_builder& other, const std::string& prefix = {}) {
        for (const auto& [name, position] : other.marks_)
            mark_at(prefix + name, bytes_.size() + position);
        return raw(other.bytes_);
    }

    /// Overwrites bytes at a mark.
    byte_builder& patch(const std::string& name, const byte_builder& with) {
        if (at(name) + with.size() > size()) throw std::logic_error("patch beyond the end: " + name);
        std::copy(with.bytes_.begin(), with.bytes_.end(),
                  bytes_.begin() + static_cast<std::ptrdiff_t>(at(name)));
        return *this;
    }

    std::size_t at(const std::string& name) const {
        const auto found = marks_.find(name);
        if (found == marks_.end()) throw std::logic_error("no such mark: " + name);
        return found->second;
    }
    std::size_t size() const { return bytes_.size(); }
    const std::vector<std::uint8_t>& bytes() const { return bytes_; }

  private:
    byte_builder& mark_at(const std::string& name, std::size_t position) {
        if (!marks_.emplace(name, position).second) throw std::logic_error("marked twice: " + name);
        return *this;
    }

    std::vector<std::uint8_t> bytes_;
    std::map<std::string, std::size_t> marks_;
};

/// A copy in an allocation of exactly its size, so that AddressSanitizer sees a read past its end.
class exact_bytes {
  public:
    explicit exact_bytes(std::span<const std::uint8_t> bytes)
        : bytes_(new std::uint8_t[bytes.size()]), size_(bytes.size()) {
        std::copy(bytes.begin(), bytes.end(), bytes_.get());
    }

    std::span<const std::uint8_t> view() const { return {bytes_.get(), size_}; }
    std::uint8_t& operator[](std::size_t i) { return bytes_[i]; }

  private:
    std::unique_ptr<std::uint8_t[]> bytes_;
    std::size_t size_;
};

}  // namespace tmq::test
