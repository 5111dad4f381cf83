#pragma once

#include "ws/zlib_inflater.hpp"

#include <optional>

struct libdeflate_decompressor;

namespace tmq::ws {

/// Inflates with libdeflate, and passes to zlib the messages that libdeflate does not accept.
///
/// libdeflate accepts a few codes that zlib refuses, such as the reserved lengths 286 and 287: a message that
/// is corrupt in this way may give meaningless bytes, within the limit. Raw DEFLATE data has no checksum, so
/// neither library detects every corruption.
class libdeflate_inflater final : public inflater {
  public:
    libdeflate_inflater();

    defect_code inflate(std::span<const std::uint8_t> compressed, std::uint64_t max_size,
                        detail::byte_buffer& out, std::size_t& size) override;

  private:
    struct deleter {
        void operator()(libdeflate_decompressor* decompressor) const noexcept;
    };

    std::unique_ptr<libdeflate_decompressor, deleter> decompressor_;
    /// Copy of the message, followed by the tail.
    detail::byte_buffer input_;
    std::optional<zlib_inflater> zlib_;
};

}  // namespace tmq::ws
