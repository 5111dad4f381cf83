#pragma once

#include "embedded_server/encode/little_endian.hpp"
#include "tmq/types.hpp"

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string_view>
#include <vector>

/// Appends the elements of the server's binary messages: "Encodings" in docs/protocol.md.
namespace tmq::embedded::encode {

using byte_vector = std::vector<std::byte>;

template <class Range>
void append_bytes(byte_vector& out, const Range& range) {
    const auto* const data = reinterpret_cast<const std::byte*>(std::data(range));
    out.insert(out.end(), data, data + std::size(range));
}

inline void append_byte(byte_vector& out, std::uint8_t value) {
    out.push_back(static_cast<std::byte>(value));
}

inline void append_type(byte_vector& out, data_type type) {
    append_byte(out, static_cast<std::uint8_t>(type));
}

inline void append_varint(byte_vector& out, std::uint64_t value) {
    for (; value >= 0x80; value >>= 7)
        out.push_back(static_cast<std::byte>((value & 0x7f) | 0x80));
    out.push_back(static_cast<std::byte>(value));
}

inline void append_zigzag(byte_vector& out, std::int64_t value) {
    append_varint(out, static_cast<std::uint64_t>(value) << 1 ^ static_cast<std::uint64_t>(value >> 63));
}

/// Appends a name: the length that counts the NUL, the text, the NUL.
inline void append_string(byte_vector& out, std::string_view text) {
    append_varint(out, text.size() + 1);
    append_bytes(out, text);
    out.push_back(std::byte{0});
}

/// Appends bytes after their number.
template <class Range>
void append_binary(byte_vector& out, const Range& range) {
    append_varint(out, std::size(range));
    append_bytes(out, range);
}

/// Appends the length of a body, then the body, which `write` appends.
template <class Write>
void append_body(byte_vector& out, Write write) {
    const std::size_t begin = out.size();
    append_le(out, std::int32_t{0});
    write();
    store_le(out.data() + begin, static_cast<std::int32_t>(out.size() - begin - sizeof(std::int32_t)));
}

}  // namespace tmq::embedded::encode
