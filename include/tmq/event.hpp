#pragma once

#include "tmq/endpoint.hpp"
#include "tmq/error.hpp"
#include "tmq/partition_offset.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace tmq {

/// Events that a consumer reports without a call of the application.
enum class event_kind : std::uint8_t {
    connected,     ///< a connection is open, the first or a later one: peer()
    disconnected,  ///< the connection is lost: reason()
    reconnecting,  ///< the connection will be re-established: attempt(), in wait()
    resumed,       ///< the subscription is re-established at the positions where it was: vgroups()
    assigned,      ///< vgroups that this consumer reads from now on, and from which offset: vgroups()
    revoked,    ///< vgroups that another member reads now, and how far this consumer had delivered: vgroups()
    data_lost,  ///< the server removed rows before they were read: vgroups() with the one vgroup,
                ///< lost_from(), lost_until()
    commit_failed,  ///< an automatic or background commit was rejected: vgroups(), reason()
};

/// Returns the name of the kind: "connected", "disconnected" and so on.
std::string_view to_string(event_kind kind) noexcept;

/// An event of a consumer. A plain value; fields that do not belong to its kind are empty.
class event {
  public:
    explicit event(event_kind kind) : kind_(kind) {}

    event_kind kind() const noexcept { return kind_; }
    const std::optional<endpoint>& peer() const noexcept { return peer_; }
    const std::optional<error>& reason() const noexcept { return reason_; }
    /// Number of the attempt: 1 is the first after the loss of the connection.
    std::uint32_t attempt() const noexcept { return attempt_; }
    std::chrono::milliseconds wait() const noexcept { return wait_; }
    /// Vgroups concerned, with the offsets at which delivery resumes, or up to which it had come; -1 if an
    /// offset is not known.
    const std::vector<partition_offset>& vgroups() const noexcept { return vgroups_; }
    /// Range of lost offsets in the log: lost_from() is the first, lost_until() is after the last.
    std::int64_t lost_from() const noexcept { return lost_begin_; }
    std::int64_t lost_until() const noexcept { return lost_end_; }

    event& peer(const endpoint& value) { return peer_ = value, *this; }
    event& reason(const error& value) { return reason_ = value, *this; }
    event& attempt(std::uint32_t value) { return attempt_ = value, *this; }
    event& wait(std::chrono::milliseconds value) { return wait_ = value, *this; }
    event& vgroups(std::vector<partition_offset> value) { return vgroups_ = std::move(value), *this; }
    event& lost(std::int64_t begin, std::int64_t end) {
        lost_begin_ = begin;
        lost_end_ = end;
        return *this;
    }

  private:
    event_kind kind_;
    std::optional<endpoint> peer_;
    std::optional<error> reason_;
    std::uint32_t attempt_ = 0;
    std::chrono::milliseconds wait_{0};
    std::vector<partition_offset> vgroups_;
    std::int64_t lost_begin_ = 0;
    std::int64_t lost_end_ = 0;
};

/// Handler of events. It may use the consumer. An exception from it is logged and dropped.
/// *Threads*: It is called on the consumer's executor, one event at a time and in order, never inside a call
/// of the consumer.
using event_handler = std::function<void(const event&)>;

}  // namespace tmq
