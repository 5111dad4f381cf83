#pragma once

#include "ws/frame_encoder.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace tmq::ws {

/// Fills `bytes` from the system's cryptographic generator. OpenSSL's would load much of OpenSSL, also
/// without TLS. Throws boost::system::system_error when the system gives no randomness.
void fill_random(std::span<std::uint8_t> bytes);

/// Unpredictable masking keys, drawn in pools because the generator is a system call. Takes no memory.
/// Not thread-safe: one per connection.
class mask_source {
  public:
    /// Throws boost::system::system_error when the system gives no randomness; never a predictable key.
    mask_key next();

  private:
    std::array<std::uint8_t, 256> pool_{};
    std::size_t used_ = 256;
};

}  // namespace tmq::ws
