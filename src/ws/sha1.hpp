#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace tmq::ws {

/// SHA-1, for the answer to the upgrade only (RFC 6455 1.3), where nothing depends on its strength. OpenSSL's would load OpenSSL's providers and
/// error texts, megabytes, into programs that use no TLS. Takes no memory.
std::array<std::uint8_t, 20> sha1(std::span<const std::uint8_t> bytes) noexcept;

}  // namespace tmq::ws
