#pragma once

#include "ws/inflater.hpp"

struct z_stream_s;

namespace tmq::ws {

/// Inflates with zlib.
class zlib_inflater final : public inflater {
  public:
    zlib_inflater();

    defect_code inflate(std::span<const std::uint8_t> compressed, std::uint64_t max_size,
                        detail::byte_buffer& out, std::size_t& size) override;

  private:
    struct deleter {
        void operator()(z_stream_s* stream) const noexcept;
    };

    /// zlib's state holds a pointer to the stream, so the stream must not move.
    std::unique_ptr<z_stream_s, deleter> stream_;
};

}  // namespace tmq::ws
