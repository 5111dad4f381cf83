#pragma once

#include <chrono>
#include <cstdint>

namespace tmq {

/// How long something took, over all times it happened. Quantiles are exact to an eighth; all zero when it
/// never happened.
struct latency_summary {
    std::uint64_t count = 0;
    std::chrono::nanoseconds min{0};
    std::chrono::nanoseconds mean{0};
    std::chrono::nanoseconds p50{0};
    std::chrono::nanoseconds p99{0};
    std::chrono::nanoseconds max{0};
};

/// What a consumer has done since it was made, over all its connections. Counters only grow.
struct stats {
    std::uint64_t messages = 0;  ///< delivered by poll
    std::uint64_t blocks = 0;    ///< in them
    std::uint64_t rows = 0;      ///< in them

    std::uint64_t bytes_received =
        0;  ///< WebSocket bytes from the upgrade on, after TLS and before decompression
    std::uint64_t bytes_sent = 0;      ///< WebSocket bytes from the upgrade on, before TLS
    std::uint64_t bytes_inflated = 0;  ///< what compressed messages became

    std::uint64_t polls = 0;        ///< poll requests that the server answered; one poll() may make several
    std::uint64_t empty_polls = 0;  ///< of them, those without a message
    std::uint64_t commits = 0;      ///< commit requests that the server accepted

    std::uint64_t connections = 0;   ///< made, the first and each one after it
    std::uint64_t reconnects = 0;    ///< of them, those that replaced a lost one by themselves
    std::uint64_t late_replies = 0;  ///< replies that nobody waited for any more

    /// From a request's sending to its reply, for every request but poll, which waits for data on purpose.
    latency_summary round_trip;
    /// What the server says it worked on these requests, all together.
    std::chrono::nanoseconds server_time{0};

    std::uint64_t read_ahead = 0;  ///< messages that are ready now and not taken yet
    std::chrono::nanoseconds ready_time{
        0};  ///< how long messages lay ready before the application took them, all together
};

}  // namespace tmq
