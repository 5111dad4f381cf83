#include "support/deflate.hpp"

#include <zlib.h>

#include <array>
#include <stdexcept>

namespace tmq::test {
namespace {

using bytes = std::vector<std::uint8_t>;

constexpr int window_bits = -15;

bytes deflated(std::span<const std::uint8_t> content, const deflate_options& options, int flush) {
    z_stream stream{};
    if (deflateInit2(&stream, options.level, Z_DEFLATED, window_bits, 8, options.strategy) != Z_OK)
        throw std::logic_error("deflateInit2");
    bytes out(deflateBound(&stream, static_cast<uLong>(content.size())) + 64);
    stream.next_in = const_cast<Bytef*>(content.data());
    stream.avail_in = static_cast<uInt>(content.size());
    stream.next_out = out.data();
    stream.avail_out = static_cast<uInt>(out.size());
    const int status = deflate(&stream, flush);
    out.resize(out.size() - stream.avail_out);
    const bool done =
        status == (flush == Z_FINISH ? Z_STREAM_END : Z_OK) && stream.avail_in == 0 && stream.avail_out > 0;
    deflateEnd(&stream);
    if (!done) throw std::logic_error("deflate");
    return out;
}

struct pass {
    int status = 0;
    std::size_t read = 0;
    bool at_block_end = false;
    bytes out;
};

pass inflate_pass(std::span<const std::uint8_t> input, std::size_t limit) {
    z_stream stream{};
    if (inflateInit2(&stream, window_bits) != Z_OK) throw std::logic_error("inflateInit2");
    pass result;
    result.out.resize(limit + 1);
    stream.next_in = const_cast<Bytef*>(input.data());
    stream.avail_in = static_cast<uInt>(input.size());
    stream.next_out = result.out.data();
    stream.avail_out = static_cast<uInt>(result.out.size());
    result.status = ::inflate(&stream, Z_SYNC_FLUSH);
    result.read = input.size() - stream.avail_in;
    result.at_block_end = (stream.data_type & 128) != 0;
    result.out.resize(result.out.size() - stream.avail_out);
    inflateEnd(&stream);
    return result;
}

}  // namespace

bytes deflate_message(std::span<const std::uint8_t> content, const deflate_options& options) {
    // zlib flushes nothing when there was nothing.
    if (content.empty()) return {0};
    bytes out = deflated(content, options, Z_SYNC_FLUSH);
    out.resize(out.size() - 4);
    return out;
}

bytes deflate_final(std::span<const std::uint8_t> content, const deflate_options& options) {
    return deflated(content, options, Z_FINISH);
}

bytes deflate_bomb(std::size_t count) {
    const bytes zeros(1 << 20);
    // After a full flush nothing refers back, so the pieces can be strung together.
    const bytes piece = deflated(zeros, {9, Z_DEFAULT_STRATEGY}, Z_FULL_FLUSH);
    bytes out;
    for (std::size_t i = 0; i < count; ++i)
        out.insert(out.end(), piece.begin(), piece.end());
    out.resize(out.size() - 4);
    return out;
}

inflated inflate_at_once(std::span<const std::uint8_t> message, std::size_t limit) {
    constexpr std::array<std::uint8_t, 4> tail = {0, 0, 0xFF, 0xFF};
    bytes with_tail(message.begin(), message.end());
    with_tail.insert(with_tail.end(), tail.begin(), tail.end());
    const pass without = inflate_pass(message, limit);
    pass with = inflate_pass(with_tail, limit);

    inflated result;
    result.too_big = without.out.size() > limit;
    if (result.too_big) return result;
    if (with.status == Z_STREAM_END && with.read <= message.size()) {
        const std::span<const std::uint8_t> rest = message.subspan(with.read);
        result.valid = rest.empty() || (rest.size() == 1 && rest[0] == 0);
    } else {
        const bool ended = with.status == Z_STREAM_END ||
                           ((with.status == Z_OK || with.status == Z_BUF_ERROR) && with.at_block_end);
        result.valid = ended && with.read == with_tail.size() && with.out == without.out;
    }
    if (result.valid) result.content = std::move(with.out);
    return result;
}

}  // namespace tmq::test
