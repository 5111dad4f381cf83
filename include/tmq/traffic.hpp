#pragma once

#include "tmq/types.hpp"

#include <cstdint>
#include <functional>

namespace tmq {

/// A whole WebSocket message between a consumer and its server, uncompressed: a request, or a reply before
/// anything was made of it. Pings, and what comes before the first request, are not among them.
struct traffic {
    bool sent = false;    ///< by the consumer
    bool binary = false;  ///< otherwise text, normally JSON
    bytes_view bytes;     ///< valid during the call
    /// Which connection of the consumer it belongs to: 1, 2, 3, ... Servers count their messages anew on
    /// each.
    std::uint64_t connection = 0;
};

/// Hears of every message when it leaves or has arrived, in that order, on the consumer's executor. Requests
/// are shown as they are, the password and the token of the subscription included: whoever keeps them keeps
/// secrets. It must not call the consumer and should not block; what it throws is dropped.
using traffic_handler = std::function<void(const traffic&)>;

}  // namespace tmq
