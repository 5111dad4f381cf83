#pragma once

#include "tmq/types.hpp"

#include <cstdint>
#include <functional>

namespace tmq {

/// A whole WebSocket message between a consumer and its server, uncompressed: a request, or a reply before it
/// is parsed. Pings, and everything before the first request, are not included.
struct traffic {
    bool sent = false;    ///< by the consumer; otherwise received
    bool binary = false;  ///< otherwise text, normally JSON
    bytes_view bytes;     ///< valid during the call; without secrets, unless traffic_secrets::shown was set
    /// Number of the consumer's connection: 1, 2, 3, ... Servers number their messages from the start again
    /// on each.
    std::uint64_t connection = 0;
};

/// Passwords and tokens in the messages that a traffic_handler receives.
enum class traffic_secrets : std::uint8_t {
    /// They are replaced by "***": in requests the values of the members that carry them, in replies with an
    /// error every repetition of at least four bytes. A reply without an error does not repeat them.
    hidden,
    shown,  ///< the messages are unchanged: a program that keeps them keeps secrets
};

/// Receives every message when it is sent or has arrived, in that order, see config::on_traffic. It must not
/// call the consumer and should not block. An exception from it is dropped.
/// *Threads*: called on the consumer's executor.
using traffic_handler = std::function<void(const traffic&)>;

}  // namespace tmq
