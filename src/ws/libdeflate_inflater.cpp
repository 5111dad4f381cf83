#include "ws/libdeflate_inflater.hpp"

#include "ws/inflate_target.hpp"

#include <libdeflate.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <new>

namespace tmq::ws {
namespace {

/// Behind a message, so that libdeflate sees an end: the rest of its last stored block, and an empty final
/// one. That block is meant to be empty, 00 00 FF FF; here it has content. Found at the end of the output it
/// proves that the block began where the message ended, and that the tail was not taken for the content or
/// the codes that a truncated block lacks.
constexpr std::array<std::uint8_t, 17> tail = {8,   0,   0xF7, 0xFF, 'n', 'o', '7',  'w', 'o',
                                               'f', 'g', 'v',  1,    0,   0,   0xFF, 0xFF};
constexpr std::size_t length_size = 4;
constexpr std::size_t proof_size = 8;
static_assert(proof_size <= receive_buffer::padding);

/// A stored block that lacks just the first of the tail's blocks ends with the proof as well, but with its
/// length before it.
bool proves_end(std::span<const std::uint8_t> output) noexcept {
    const std::span<const std::uint8_t> block = std::span(tail).first(length_size + proof_size);
    const std::span<const std::uint8_t> proof = block.last(proof_size);
    const auto ends_with = [output](std::span<const std::uint8_t> end) {
        return output.size() >= end.size() &&
               std::equal(end.begin(), end.end(), output.end() - static_cast<std::ptrdiff_t>(end.size()));
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

errc libdeflate_inflater::inflate(std::span<const std::uint8_t> compressed, std::uint64_t max_size,
                                  detail::byte_buffer& out, std::size_t& size) {
    size = 0;
    const std::size_t input_size = compressed.size() + tail.size();
    // Growing by half: messages of about one size differ by a few bytes, and few of them should be the
    // largest so far.
    if (input_size > input_.capacity())
        input_.grow(std::max(input_size, input_.capacity() + input_.capacity() / 2), 0);
    std::copy(compressed.begin(), compressed.end(), input_.data());
    std::copy(tail.begin(), tail.end(), input_.data() + compressed.size());

    inflate_target target(out, compressed.size(), max_size, proof_size);
    for (;;) {
        const std::span<std::uint8_t> room = target.room();
        std::size_t read = 0;
        std::size_t written = 0;
        const libdeflate_result result = libdeflate_deflate_decompress_ex(
            decompressor_.get(), input_.data(), input_size, room.data(), room.size(), &read, &written);
        if (result == LIBDEFLATE_INSUFFICIENT_SPACE) {
            if (!target.grow(0)) return errc::message_too_big;
        } else if (result == LIBDEFLATE_SUCCESS && read == input_size && proves_end(room.first(written))) {
            size = written - proof_size;
            return {};
        } else {
            break;
        }
    }
    // A final block of the message's own, or no message at all. zlib tells which.
    if (!zlib_) zlib_.emplace();
    return zlib_->inflate(compressed, max_size, out, size);
}

}  // namespace tmq::ws
