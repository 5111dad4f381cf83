#include "ws/zlib_inflater.hpp"

#include "ws/inflate_target.hpp"

#include <zlib.h>

#include <algorithm>
#include <limits>
#include <new>

namespace tmq::ws {
namespace {

/// Raw DEFLATE data with any window.
constexpr int window_bits = -15;

/// zlib counts in 32 bits.
uInt count_of(std::span<const std::uint8_t> bytes) noexcept {
    return static_cast<uInt>(std::min<std::size_t>(bytes.size(), std::numeric_limits<uInt>::max()));
}

/// What may stand behind a final block: nothing, or the header of the empty block that a message ends with.
bool is_end(std::span<const std::uint8_t> rest) noexcept {
    return rest.empty() || (rest.size() == 1 && rest[0] == 0);
}

}  // namespace

void zlib_inflater::deleter::operator()(z_stream_s* stream) const noexcept {
    inflateEnd(stream);
    delete stream;
}

zlib_inflater::zlib_inflater() {
    auto stream = std::make_unique<z_stream>();
    // There is no other reason to fail.
    if (inflateInit2(stream.get(), window_bits) != Z_OK) throw std::bad_alloc();
    stream_.reset(stream.release());
}

errc zlib_inflater::inflate(std::span<const std::uint8_t> compressed, std::uint64_t max_size,
                            detail::byte_buffer& out, std::size_t& size) {
    size = 0;
    inflate_target target(out, compressed.size(), max_size, 1);
    inflateReset(stream_.get());
    std::size_t written = 0;
    for (;;) {
        const std::span<std::uint8_t> room = target.room().subspan(written);
        stream_->next_in = const_cast<Bytef*>(compressed.data());
        stream_->avail_in = count_of(compressed);
        stream_->next_out = room.data();
        stream_->avail_out = count_of(room);
        const int status = ::inflate(stream_.get(), Z_SYNC_FLUSH);
        written += static_cast<std::size_t>(stream_->next_out - room.data());
        compressed = compressed.last(compressed.size() -
                                     static_cast<std::size_t>(stream_->next_in - compressed.data()));

        if (status == Z_MEM_ERROR) throw std::bad_alloc();
        if (written > target.limit()) return errc::message_too_big;
        if (status != Z_OK && status != Z_BUF_ERROR && status != Z_STREAM_END) return errc::inflate_corrupt;
        if (status == Z_STREAM_END && !is_end(compressed)) return errc::inflate_corrupt;
        // Before anything else, for the padding has to be whole at the end too.
        const bool was_full = written == target.room().size();
        if (was_full) target.grow(written);
        // Waiting for the length of a stored block: just where the four bytes were left out. Adding them
        // would do as well, but then they could also pass for the content that a truncated block lacks.
        if (status == Z_STREAM_END || (compressed.empty() && inflateSyncPoint(stream_.get()) == 1)) {
            size = written;
            return {};
        }
        if (!was_full && compressed.empty()) return errc::inflate_truncated;
    }
}

}  // namespace tmq::ws
