#pragma once

#include <chrono>
#include <cstdint>

namespace tmq {

/// Durations of an operation, over all times it happened. Quantiles are exact to an eighth; all are zero if
/// it never happened.
struct latency_summary {
    std::uint64_t count = 0;
    std::chrono::nanoseconds min{0};
    std::chrono::nanoseconds mean{0};
    std::chrono::nanoseconds p50{0};
    std::chrono::nanoseconds p99{0};
    std::chrono::nanoseconds max{0};
};

/// Activity of a consumer since its construction, over all its connections. Counters only grow.
struct stats {
    std::uint64_t messages = 0;  ///< delivered by poll
    std::uint64_t blocks = 0;    ///< in these messages
    std::uint64_t rows = 0;      ///< in these messages

    std::uint64_t bytes_received =
        0;  ///< WebSocket bytes from the upgrade on, after TLS and before decompression
    std::uint64_t bytes_sent = 0;      ///< WebSocket bytes from the upgrade on, before TLS
    std::uint64_t bytes_inflated = 0;  ///< bytes of compressed messages after decompression

    std::uint64_t polls = 0;        ///< poll requests that the server answered; one poll() may send several
    std::uint64_t empty_polls = 0;  ///< those of them without a message
    std::uint64_t commits = 0;      ///< commit requests that the server accepted

    std::uint64_t connections = 0;   ///< opened, the first and each later one
    std::uint64_t reconnects = 0;    ///< those of them that replaced a lost one automatically
    std::uint64_t late_replies = 0;  ///< replies that nobody waited for any longer

    /// Time from sending a request to its reply, for every request but poll, which waits for data on purpose.
    latency_summary round_trip;
    /// Time that the server reports for these requests, in total.
    std::chrono::nanoseconds server_time{0};

    std::uint64_t read_ahead = 0;  ///< messages that are ready now and not taken yet
    std::chrono::nanoseconds ready_time{
        0};  ///< total time from ready to taken by the application, over all messages
};

}  // namespace tmq
