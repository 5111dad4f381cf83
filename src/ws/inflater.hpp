#pragma once

#include "tmq/detail/byte_buffer.hpp"
#include "tmq/error.hpp"
#include "ws/frame_decoder.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace tmq::ws {

/// Inflates the messages of one connection (permessage-deflate without context takeover, RFC 7692 7.2.2).
/// What it works with is allocated once, so a message costs no allocation when `out` has seen one of its
/// size.
class inflater {
  public:
    inflater() = default;
    inflater(const inflater&) = delete;
    inflater& operator=(const inflater&) = delete;
    virtual ~inflater() = default;

    /// Inflates a whole message to the front of `out`, `size` bytes long, with receive_buffer::padding
    /// readable bytes behind it. `out` grows as needed, but never beyond `max_size` and the padding.
    /// `compressed` does not lie in `out`.
    ///
    /// A message ends with the header of an empty stored block, whose last four bytes, 00 00 FF FF, were left
    /// out; or with a final block, and that header behind it or not. Returns message_too_big for more than
    /// `max_size` bytes, inflate_truncated for a message that ends elsewhere, inflate_corrupt for one that
    /// goes on behind a final block or is not DEFLATE data at all. Then `size` is 0 and the bytes in `out`
    /// mean nothing. Throws std::bad_alloc only.
    virtual errc inflate(std::span<const std::uint8_t> compressed, std::uint64_t max_size,
                         detail::byte_buffer& out, std::size_t& size) = 0;
};

/// What inflates. libdeflate takes a half to two thirds of zlib's time.
enum class inflate_library { zlib, libdeflate };

/// The libraries this was built with, the fastest first.
std::span<const inflate_library> inflate_libraries() noexcept;

/// An inflater that uses one of inflate_libraries(). Throws std::bad_alloc.
std::unique_ptr<inflater> make_inflater(inflate_library library = inflate_libraries().front());

/// A compressed text or binary message as if it had come uncompressed: its payload lies at the front of
/// `out`, and text is checked for UTF-8. frame_kind::failed when it cannot be inflated.
frame inflate(const frame& compressed, inflater& with, std::uint64_t max_size, detail::byte_buffer& out);

}  // namespace tmq::ws
