#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tmq {

/// Number of durations that were at most `upper`, and above the bucket before.
struct latency_bucket {
    std::chrono::nanoseconds upper{0};
    std::uint64_t count = 0;
    friend bool operator==(const latency_bucket&, const latency_bucket&) = default;
};

/// Durations of an operation, over all times it happened. Quantiles are exact to an eighth; all are zero if
/// it never happened.
struct latency_summary {
    std::uint64_t count = 0;
    std::chrono::nanoseconds min{0};
    std::chrono::nanoseconds mean{0};
    std::chrono::nanoseconds p50{0};
    std::chrono::nanoseconds p99{0};
    std::chrono::nanoseconds max{0};
    std::chrono::nanoseconds total{0};
    /// The histogram, from short to long: eight buckets for each power of two. Empty buckets are left out.
    std::vector<latency_bucket> buckets;

    friend bool operator==(const latency_summary&, const latency_summary&) = default;
};

/// Figures of one vgroup that this consumer has read, since its construction. std::nullopt: not known.
struct vgroup_stats {
    std::string topic;
    std::int32_t vgroup = 0;
    std::uint64_t messages = 0;  ///< delivered by poll
    std::uint64_t rows = 0;      ///< in these messages
    std::uint64_t bytes = 0;     ///< of these messages, decompressed; 0 for those fetched block by block
    /// Offset where delivery resumes: after the last delivered message, or the target of a seek.
    std::optional<std::int64_t> position;
    /// Offset that the group has committed, as far as this consumer knows: its own commits, and what it found
    /// at an assignment.
    std::optional<std::int64_t> committed;
    /// Log entries, not rows, from `position` to the end of the log as it was seen last: by the check of the
    /// assignment (config::assignment_interval) or by consumer::lag(). Entries without rows count: only
    /// consumer::lag() knows that nothing is left.
    std::optional<std::int64_t> lag;
    /// Age of a message at its delivery: the wall clock of this machine minus the first column of the
    /// message's last row, if that column is a timestamp. Measured at most every 100 ms, so of the last
    /// message or one delivered less than 100 ms before it. It compares two clocks and so may be negative;
    /// rows with old timestamps are as old when they are inserted.
    std::optional<std::chrono::nanoseconds> age;

    friend bool operator==(const vgroup_stats&, const vgroup_stats&) = default;
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
    /// Time from sending a poll request to its reply: mostly the wait for data.
    latency_summary poll_wait;
    /// Time from sending a commit to its reply, accepted or not. Part of round_trip.
    latency_summary commit_round_trip;
    /// Time that the server reports for the requests of round_trip, in total.
    std::chrono::nanoseconds server_time{0};

    std::uint64_t read_ahead = 0;  ///< messages that are ready now and not taken yet
    std::chrono::nanoseconds ready_time{
        0};  ///< total time from ready to taken by the application, over all messages

    /// Vgroups that this consumer has read, in the order in which it first had them. They stay when they move
    /// to another member.
    std::vector<vgroup_stats> vgroups;

    friend bool operator==(const stats&, const stats&) = default;
};

/// Returns the activity between two readings of one consumer: the counters and times of `later` without those
/// of `earlier`. What is no counter is that of `later`: read_ahead, and position, committed, lag and age of
/// each vgroup. min, max and quantiles of a difference are exact to an eighth.
stats difference(const stats& later, const stats& earlier);

/// Returns one JSON object with the members of the struct; times in nanoseconds, unknown figures null.
std::string to_json(const stats& figures);

/// Names and values of Prometheus labels. A name consists of ASCII letters, digits and '_', and begins with
/// neither a digit nor "__".
using metric_labels = std::map<std::string, std::string>;

/// Figures of one of several consumers.
struct labelled_stats {
    tmq::stats figures;
    metric_labels labels;
};

/// Returns the figures in Prometheus' text format, for an HTTP reply of type "text/plain; version=0.0.4". All
/// names begin with "tmq_", all times are in seconds. A histogram has a bucket for each power of two from
/// 1.024 us to 68.7 s. Each metric gets `labels`, those of a vgroup also `topic` and `vgroup`.
/// *Throws* errc::invalid_argument for a label with an invalid name, or called le, topic or vgroup.
std::string to_prometheus(const stats& figures, const metric_labels& labels = {});
/// Does the same for several consumers, which need different labels: the format allows each metric to be
/// described only once.
std::string to_prometheus(std::span<const labelled_stats> consumers);

}  // namespace tmq
