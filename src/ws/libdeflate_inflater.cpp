#include "ws/libdeflate_inflater.hpp"

#include "ws/inflate_target.hpp"

#include <libdeflate.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <new>

namespace tmq::ws {
namespace {

/// Bytes appended to a message, because libdeflate needs an end: the rest of the message's last stored block,
/// and an empty final block. The sender left that stored block empty (00 00 FF FF); the tail gives it
/// content. Content at the end of the output proves that the block began at the end of the message. It
/// excludes that the tail was read as the content or the codes that a truncated block lacks.
constexpr std::array<std::uint8_t, 17> tail = {8,   0,   0xF7, 0xFF, 'n', 'o', '7',  'w', 'o',
                                               'f', 'g', 'v',  1,    0,   0,   0xFF, 0xFF};
constexpr std::size_t length_size = 4;
constexpr std::size_t proof_size = 8;
static_assert(proof_size <= receive_buffer::padding);

/// True if the output ends with the proof, and the proof does not follow its length. A stored block that
/// lacks just the first of the tail's blocks ends with the length and the proof.
bool proves_end(std::span<const std::uint8_t> output) noexcept {
    const std::span<const std::uint8_t> block = std::span(tail).first(length_size + proof_size);
    const std::span<const std::uint8_t> proof = block.last(proof_size);
    const auto ends_with = [output](std::span<const std::uint8_t> suffix) {
        return output.size() >= suffix.size() &&
               std::equal(suffix.begin(), suffix.end(),
                          output.end() - static_cast<std::ptrdiff_t>(suffix.size()));
    };
    return ends_with(proof) && !ends_with(block);
}

}  // namespace

void libdeflate_inflater::deleter::operator()(libdeflate_decompressor* decompressor) const noexcept {
    libdeflate_free_decompressor(decompressor);
}

libdeflate_inflater::libdeflate_inflater() : decompressor_(libdeflate_alloc_decompressor()) {
    if (decompressor_ == nullptr) throw std::bad_alloc();
}

defect_code libdeflate_inflater::inflate(std::span<const std::uint8_t> compressed, std::uint64_t max_size,
                                         detail::byte_buffer& out, std::size_t& size) {
    size = 0;
    const std::size_t input_size = compressed.size() + tail.size();
    // Messages of about one size differ by a few bytes, and few of them should make the memory grow: it grows
    // by half.
    if (input_size > input_.capacity())
        input_.grow(std::max(input_size, input_.capacity() + input_.capacity() / 2), 0);
    std::copy(compressed.begin(), compressed.end(), input_.data());
    std::copy(tail.begin(), tail.end(), input_.data() + compressed.size());

    inflate_target target(out, compressed.size(), max_size, proof_size);
    for (;;) {
        const std::span<std::uint8_t> room = target.room();
        std::size_t read_size = 0;
        std::size_t written_size = 0;
        const libdeflate_result result =
            libdeflate_deflate_decompress_ex(decompressor_.get(), input_.data(), input_size, room.data(),
                                             room.size(), &read_size, &written_size);
        if (result == LIBDEFLATE_INSUFFICIENT_SPACE) {
            if (!target.grow(0)) return defect_code::message_too_big;
        } else if (result == LIBDEFLATE_SUCCESS && read_size == input_size &&
                   proves_end(room.first(written_size))) {
            size = written_size - proof_size;
            return {};
        } else {
            break;
        }
    }
    // The message has a final block of its own, or is corrupt: zlib decides.
    if (!zlib_) zlib_.emplace();
    return zlib_->inflate(compressed, max_size, out, size);
}

}  // namespace tmq::ws
