#pragma once

#include "tmq/endpoint.hpp"
#include "tmq/error.hpp"
#include "tmq/topic_partition.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace tmq {

/// What happens to a consumer without being asked for.
enum class event_kind : std::uint8_t {
    connected,      ///< a connection stands, the first or a later one: peer()
    disconnected,   ///< it is gone: reason()
    reconnecting,   ///< it will be made again: attempt(), in wait()
    resumed,        ///< the subscription stands again, at the positions where it was: vgroups()
    assigned,       ///< vgroups this consumer reads from now on, and from where: vgroups()
    revoked,        ///< vgroups that another member reads now, and how far this consumer had got: vgroups()
    data_lost,      ///< the server removed rows before they were read: vgroups() of one, lost_from() and
                    ///< lost_until()
    commit_failed,  ///< offsets that were to be committed without being asked for, and were not: vgroups(),
                    ///< reason()
};

/// "connected", "disconnected" and so on.
std::string_view to_string(event_kind kind) noexcept;

/// One of them. A plain value; what does not belong to its kind is empty.
class event {
  public:
    explicit event(event_kind kind) : kind_(kind) {}

    event_kind kind() const noexcept { return kind_; }
    const std::optional<endpoint>& peer() const noexcept { return peer_; }
    const std::optional<error>& reason() const noexcept { return reason_; }
    /// 1 for the first one after the connection was lost.
    std::uint32_t attempt() const noexcept { return attempt_; }
    std::chrono::milliseconds wait() const noexcept { return wait_; }
    /// With the offsets at which reading goes on, or got to; -1 where that is not known.
    const std::vector<topic_partition>& vgroups() const noexcept { return vgroups_; }
    /// Offsets of the log: the first that is gone, and the one behind the last.
    std::int64_t lost_from() const noexcept { return lost_from_; }
    std::int64_t lost_until() const noexcept { return lost_until_; }

    event& peer(const endpoint& value) { return peer_ = value, *this; }
    event& reason(const error& value) { return reason_ = value, *this; }
    event& attempt(std::uint32_t value) { return attempt_ = value, *this; }
    event& wait(std::chrono::milliseconds value) { return wait_ = value, *this; }
    event& vgroups(std::vector<topic_partition> value) { return vgroups_ = std::move(value), *this; }
    event& lost(std::int64_t from, std::int64_t until) {
        lost_from_ = from;
        lost_until_ = until;
        return *this;
    }

  private:
    event_kind kind_;
    std::optional<endpoint> peer_;
    std::optional<error> reason_;
    std::uint32_t attempt_ = 0;
    std::chrono::milliseconds wait_{0};
    std::vector<topic_partition> vgroups_;
    std::int64_t lost_from_ = 0;
    std::int64_t lost_until_ = 0;
};

/// Called on the consumer's executor, one event at a time and in their order, never inside a call of the
/// consumer. It may use the consumer. What it throws is logged and dropped.
using event_handler = std::function<void(const event&)>;

}  // namespace tmq
