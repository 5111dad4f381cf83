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

/// Returns the size of `bytes` for zlib, which counts in 32 bits.
uInt limited_size(std::span<const std::uint8_t> bytes) noexcept {
    return static_cast<uInt>(std::min<std::size_t>(bytes.size(), std::numeric_limits<uInt>::max()));
}

/// True if `rest` may follow a final block: it is empty, or the header of the empty block that ends a
/// message.
bool is_valid_end(std::span<const std::uint8_t> rest) noexcept {
    return rest.empty() || (rest.size() == 1 && rest[0] == 0);
}

}  // namespace

void zlib_inflater::deleter::operator()(z_stream_s* stream) const noexcept {
    inflateEnd(stream);
    delete stream;
}

zlib_inflater::zlib_inflater() {
    auto stream = std::make_unique<z_stream>();
    // With valid parameters only a lack of memory makes inflateInit2 fail.
    if (inflateInit2(stream.get(), window_bits) != Z_OK) throw std::bad_alloc();
    stream_.reset(stream.release());
}

defect_code zlib_inflater::inflate(std::span<const std::uint8_t> compressed, std::uint64_t max_size,
                                   detail::byte_buffer& out, std::size_t& size) {
    size = 0;
    inflate_target target(out, compressed.size(), max_size, 1);
    inflateReset(stream_.get());
    std::size_t written = 0;
    for (;;) {
        const std::span<std::uint8_t> room = target.room().subspan(written);
        stream_->next_in = const_cast<Bytef*>(compressed.data());
        stream_->avail_in = limited_size(compressed);
        stream_->next_out = room.data();
        stream_->avail_out = limited_size(room);
        const int status = ::inflate(stream_.get(), Z_SYNC_FLUSH);
        written += static_cast<std::size_t>(stream_->next_out - room.data());
        compressed = compressed.last(compressed.size() -
                                     static_cast<std::size_t>(stream_->next_in - compressed.data()));

        if (status == Z_MEM_ERROR) throw std::bad_alloc();
        if (written > target.limit()) return defect_code::message_too_big;
        if (status != Z_OK && status != Z_BUF_ERROR && status != Z_STREAM_END)
            return defect_code::inflate_corrupt;
        if (status == Z_STREAM_END && !is_valid_end(compressed)) return defect_code::inflate_corrupt;
        // The padding must be complete after the message too, so the room grows before the message can end.
        const bool was_full = written == target.room().size();
        if (was_full) target.grow(written);
        // At a sync point zlib waits for the length of a stored block: exactly where the sender left the four
        // bytes out. Appending them instead would let them pass as the content that a truncated block lacks.
        if (status == Z_STREAM_END || (compressed.empty() && inflateSyncPoint(stream_.get()) == 1)) {
            size = written;
            return {};
        }
        if (!was_full && compressed.empty()) return defect_code::inflate_truncated;
    }
}

}  // namespace tmq::ws
