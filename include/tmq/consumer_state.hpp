#pragma once

#include "tmq/endpoint.hpp"
#include "tmq/error.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace tmq {

/// State of a consumer at one moment, for health checks. A plain value.
struct consumer_state {
    using time_point = std::chrono::steady_clock::time_point;

    bool connected = false;  ///< the connection is open
    bool joined = false;     ///< the server counts the consumer as a member of its group, and messages flow
    bool paused = false;     ///< between pause() and resume()
    std::vector<std::string> topics;  ///< of the subscription; empty without one
    std::optional<endpoint> peer;     ///< of the connection, or of the last one
    std::string server_version;       ///< as the adapter reported last ("3.3.5.8"); empty before
    /// Time when the server was last heard: a reply, or an answer to a ping.
    std::optional<time_point> last_reply;
    /// Last failure that was not the caller's: of the connection, of an attempt to connect or to subscribe,
    /// of a poll, of an automatic or background commit, or lost rows. Kept when the failure has passed.
    std::optional<error> last_error;
    std::optional<time_point> last_error_at;

    friend bool operator==(const consumer_state&, const consumer_state&) = default;
};

}  // namespace tmq
