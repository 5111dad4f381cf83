#pragma once

#include "base/defect_code.hpp"
#include "tmq/detail/byte_buffer.hpp"
#include "ws/frame_decoder.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace tmq::ws {

using base::defect_code;

/// Inflates the messages of one connection (permessage-deflate without context takeover, RFC 7692 7.2.2).
/// Its memory is kept between messages: a message costs no allocation if one of its size was inflated before,
/// into the same `out`.
class inflater {
  public:
    inflater() = default;
    inflater(const inflater&) = delete;
    inflater& operator=(const inflater&) = delete;
    virtual ~inflater() = default;

    /// Inflates a whole message to the front of `out` and sets `size` to its length. receive_buffer::padding
    /// readable bytes follow it. `out` grows as needed, but never beyond `max_size` and the padding.
    /// `compressed` must not lie in `out`.
    ///
    /// A message ends in one of two ways: with the header of an empty stored block, whose last four bytes,
    /// 00 00 FF FF, were left out; or with a final block, which that header may follow.
    ///
    /// Returns one of these errors, with `size` 0 and unspecified bytes in `out`:
    /// - message_too_big for more than `max_size` bytes;
    /// - inflate_truncated for a message that ends in neither way;
    /// - inflate_corrupt for bytes after a final block, and for data that is not DEFLATE.
    ///
    /// *Throws* std::bad_alloc only.
    virtual defect_code inflate(std::span<const std::uint8_t> compressed, std::uint64_t max_size,
                                detail::byte_buffer& out, std::size_t& size) = 0;
};

/// Library that inflates. libdeflate takes a half to two thirds of zlib's time.
enum class inflate_library { zlib, libdeflate };

/// Returns the libraries of this build, the fastest first.
std::span<const inflate_library> inflate_libraries() noexcept;

/// Returns an inflater that uses one of inflate_libraries(). *Throws* std::bad_alloc.
std::unique_ptr<inflater> make_inflater(inflate_library library = inflate_libraries().front());

/// Returns a compressed text or binary message as if it had arrived uncompressed: its payload lies at the
/// front of `out`, and text is checked for UTF-8. Returns frame_kind::failed if it cannot be inflated.
frame inflate(const frame& compressed, inflater& engine, std::uint64_t max_size, detail::byte_buffer& out);

}  // namespace tmq::ws
