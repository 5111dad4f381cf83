#pragma once

#include "ws/frame_encoder.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace tmq::ws {

/// Fills `bytes` from the system's cryptographic generator. OpenSSL's generator would load much of OpenSSL,
/// even without TLS. *Throws* boost::system::system_error if the system's generator fails.
void fill_random(std::span<std::uint8_t> bytes);

/// Source of unpredictable masking keys. The generator is a system call, so its bytes are drawn in pools.
/// Allocates nothing. *Threads*: not thread-safe; each connection has its own.
class mask_source {
  public:
    /// Returns the next key, which is never predictable. *Throws* boost::system::system_error if the system's
    /// generator fails.
    mask_key next();

  private:
    std::array<std::uint8_t, 256> pool_{};
    std::size_t used_ = 256;
};

}  // namespace tmq::ws
