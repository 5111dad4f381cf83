#pragma once

#include "tmq/endpoint.hpp"
#include "tmq/error.hpp"
#include "tmq/partition_offset.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace tmq {

class consumer;  // tmq/consumer.hpp

/// The kinds of events. Plain values; each has the name that to_string() begins with.
namespace events {

/// A connection is open, the first or a later one.
struct connected {
    static constexpr std::string_view name = "connected";
    explicit connected(endpoint server) : peer(std::move(server)) {}
    endpoint peer;
    friend bool operator==(const connected&, const connected&) = default;
};

/// The connection is lost or closed.
struct disconnected {
    static constexpr std::string_view name = "disconnected";
    explicit disconnected(error why) : reason(std::move(why)) {}
    error reason;
    friend bool operator==(const disconnected&, const disconnected&) = default;
};

/// The connection will be re-established.
struct reconnecting {
    static constexpr std::string_view name = "reconnecting";
    reconnecting(std::uint32_t number, std::chrono::milliseconds time) : attempt(number), wait(time) {}
    std::uint32_t attempt;           ///< 1 is the first after the loss of the connection
    std::chrono::milliseconds wait;  ///< until the attempt begins
    friend bool operator==(const reconnecting&, const reconnecting&) = default;
};

/// The subscription is re-established, and delivery resumes at the positions where it was.
struct resumed {
    static constexpr std::string_view name = "resumed";
    explicit resumed(std::vector<partition_offset> list) : vgroups(std::move(list)) {}
    std::vector<partition_offset> vgroups;  ///< with the offsets at which delivery resumes
    friend bool operator==(const resumed&, const resumed&) = default;
};

/// This consumer reads further vgroups from now on.
struct assigned {
    static constexpr std::string_view name = "assigned";
    assigned() = default;
    explicit assigned(std::vector<partition_offset> list) : vgroups(std::move(list)) {}
    std::vector<partition_offset> vgroups;  ///< with the offsets at which delivery begins
    friend bool operator==(const assigned&, const assigned&) = default;
};

/// Another member reads these vgroups from now on.
struct revoked {
    static constexpr std::string_view name = "revoked";
    explicit revoked(std::vector<partition_offset> list) : vgroups(std::move(list)) {}
    /// With the offsets after the last message that was delivered here; -1: not known.
    std::vector<partition_offset> vgroups;
    friend bool operator==(const revoked&, const revoked&) = default;
};

/// The server removed rows before they were read. Delivery resumes at `end`. If `end` is before `first`, the
/// log was replaced by a shorter one.
struct data_lost {
    static constexpr std::string_view name = "data_lost";
    data_lost(topic_partition vgroup, std::int64_t begin, std::int64_t resume)
        : partition(std::move(vgroup)), first(begin), end(resume) {}
    topic_partition partition;
    std::int64_t first;  ///< first lost offset
    std::int64_t end;    ///< offset after the last lost one
    friend bool operator==(const data_lost&, const data_lost&) = default;
};

/// An automatic or background commit was rejected.
struct commit_failed {
    static constexpr std::string_view name = "commit_failed";
    commit_failed(partition_offset offset, error why) : target(std::move(offset)), reason(std::move(why)) {}
    partition_offset target;  ///< with the offset that was to be committed
    error reason;
    friend bool operator==(const commit_failed&, const commit_failed&) = default;
};

/// Older events were dropped, since consumer::next_event was not called in time. They came before the event
/// that the next call returns. A handler of events misses none.
struct missed {
    static constexpr std::string_view name = "missed";
    explicit missed(std::uint64_t number) : count(number) {}
    std::uint64_t count;
    friend bool operator==(const missed&, const missed&) = default;
};

}  // namespace events

/// An event that a consumer reports without a call of the application: a variant of the structs in
/// tmq::events, for std::visit, std::get_if and std::holds_alternative. A plain value.
/// *Threads*: like a std::variant.
class event : public std::variant<events::connected, events::disconnected, events::reconnecting,
                                  events::resumed, events::assigned, events::revoked, events::data_lost,
                                  events::commit_failed, events::missed> {
  public:
    using variant::variant;
    /// An `assigned` without vgroups. co_spawn and Asio's awaitable operators need a default constructor.
    event();

    /// Returns the name of the kind: "connected", "disconnected" and so on. Valid for ever.
    std::string_view name() const noexcept;
};

/// Returns one line without a line break: "data_lost: topic meters, vgroup 3, offsets 8 to 9". It may hold
/// text of a server: never use it as a format string.
std::string to_string(const event& occurrence);
/// Writes to_string(occurrence).
std::ostream& operator<<(std::ostream& out, const event& occurrence);

namespace events {
// For the structs themselves, which convert to event.
using tmq::to_string;
using tmq::operator<<;
}  // namespace events

/// Handler of events, see consumer::on_event.
using event_handler = std::function<void(consumer&, const event&)>;

}  // namespace tmq
