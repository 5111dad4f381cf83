#pragma once

#include <cstdint>

namespace tmq::test {

/// TCP segments with data that a socket has received.
std::uint32_t segments_received(int socket);

}  // namespace tmq::test
