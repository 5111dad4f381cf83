#include "ws/sha1.hpp"

#include <algorithm>
#include <bit>
#include <cstddef>

namespace tmq::ws {
namespace {

constexpr std::size_t block_size = 64;
constexpr std::size_t length_size = 8;

using state = std::array<std::uint32_t, 5>;

/// FIPS 180-4 6.1.2.
void add_block(state& digest, std::span<const std::uint8_t, block_size> block) noexcept {
    std::array<std::uint32_t, 80> schedule{};
    for (std::size_t i = 0; i < block_size; ++i) schedule[i / 4] = schedule[i / 4] << 8 | block[i];
    for (std::size_t t = 16; t < schedule.size(); ++t)
        schedule[t] = std::rotl(schedule[t - 3] ^ schedule[t - 8] ^ schedule[t - 14] ^ schedule[t - 16], 1);

    auto [a, b, c, d, e] = digest;
    for (std::size_t t = 0; t < schedule.size(); ++t) {
        std::uint32_t mixed = 0;
        if (t < 20)
            mixed = ((b & c) | (~b & d)) + 0x5a827999;
        else if (t < 40)
            mixed = (b ^ c ^ d) + 0x6ed9eba1;
        else if (t < 60)
            mixed = ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc;
        else
            mixed = (b ^ c ^ d) + 0xca62c1d6;
        const std::uint32_t next = std::rotl(a, 5) + mixed + e + schedule[t];
        e = d;
        d = c;
        c = std::rotl(b, 30);
        b = a;
        a = next;
    }
    digest[0] += a;
    digest[1] += b;
    digest[2] += c;
    digest[3] += d;
    digest[4] += e;
}

}  // namespace

std::array<std::uint8_t, 20> sha1(std::span<const std::uint8_t> bytes) noexcept {
    state digest = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
    const std::uint64_t bits = std::uint64_t{bytes.size()} * 8;
    for (; bytes.size() >= block_size; bytes = bytes.subspan(block_size)) add_block(digest, bytes.first<block_size>());

    // Behind the rest a one bit, zeros, and the length at the end of a block.
    std::array<std::uint8_t, 2 * block_size> last{};
    std::copy(bytes.begin(), bytes.end(), last.begin());
    last[bytes.size()] = 0x80;
    const std::size_t size = bytes.size() + 1 + length_size <= block_size ? block_size : 2 * block_size;
    for (std::size_t i = 0; i < length_size; ++i) last[size - 1 - i] = static_cast<std::uint8_t>(bits >> 8 * i);
    for (std::size_t at = 0; at < size; at += block_size) add_block(digest, std::span(last).subspan(at).first<block_size>());

    std::array<std::uint8_t, 20> out{};
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<std::uint8_t>(digest[i / 4] >> (24 - 8 * (i % 4)));
    return out;
}

}  // namespace tmq::ws
