#pragma once

#include "embedded_server/broker/consumer_group.hpp"
#include "embedded_server/broker/topics.hpp"
#include "embedded_server/protocol/subscribe_rules.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>

namespace tmq::embedded::broker {

/// Where a log begins and ends, as libtaos remembers it; -1 when it does not know.
struct log_bounds {
    std::int64_t begin = -1;
    std::int64_t end = -1;

    bool known() const noexcept { return begin != -1 && end != -1; }
};

/// How a vnode answers polls of a topic.
struct poll_style {
    gathering rows;
    bool holds = false;  ///< a poll that finds nothing gets no reply until rows are inserted
};

/// What a reply from a vnode comes to.
struct handled_reply {
    std::optional<found_message> message;
    bool nowhere_to_start = false;  ///< `none`, and nothing is committed
};

/// One member's reading of one vgroup: what libtaos knows of it, the poll that its vnode holds, and the reply
/// that waits in libtaos until a poll of the client handles it. Times are of the clock that the caller passes
/// in.
class vgroup_reader {
  public:
    using time_point = std::chrono::steady_clock::time_point;

    /// `snapshot`: it reads the rows that are there at its first poll, then the log.
    vgroup_reader(vgroup_key vgroup, protocol::offset_reset reset, bool snapshot);

    const vgroup_key& vgroup() const noexcept { return vgroup_; }

    /// Whether its vnode is to be asked: nothing is under way and nothing waits.
    bool idle() const noexcept { return !held_ && !reply_; }
    bool held() const noexcept { return held_.has_value(); }
    bool asked() const noexcept { return asked_; }
    /// Whether no reply has come, so that a poll starts where the group has committed, or by
    /// auto.offset.reset.
    bool fresh() const noexcept { return !position_ && !in_snapshot_; }
    /// When it was last told that there is nothing; not after a message.
    std::optional<time_point> idle_since() const noexcept { return idle_since_; }
    /// End of the log when the last reply was made.
    std::int64_t seen_end() const noexcept { return seen_end_; }

    /// Asks the vnode of an idle reader, which answers at once or holds the poll. `arrival` numbers the reply
    /// among those of all vgroups.
    void ask(vgroup_log& log, const poll_style& how, std::optional<std::int64_t> committed,
             std::uint64_t arrival);
    /// An insert wakes a held poll; without rows it is held again, and nothing is told. True when a reply was
    /// made.
    bool wake(vgroup_log& log, const poll_style& how, std::uint64_t arrival);

    /// The number of the reply that waits in libtaos.
    std::optional<std::uint64_t> arrival() const noexcept;
    /// Takes the reply that waits: moves to where it says unless a seek has come between, and remembers the
    /// log's bounds.
    handled_reply handle(time_point now);

    /// Moves the reader. A held poll comes back empty; a reply that waits is delivered all the same.
    void seek(std::int64_t target, const vgroup_log& log, std::uint64_t arrival);
    /// The group was rebalanced and this vgroup stayed: bounds are unknown until the next reply.
    void rebalanced() noexcept { bounds_ = {}; }

    const log_bounds& bounds() const noexcept { return bounds_; }
    /// What an asked assignment brings.
    void learn(log_bounds bounds) noexcept { bounds_ = bounds; }
    /// Whether offsets are not those of the log.
    bool in_snapshot() const noexcept { return in_snapshot_; }
    /// Whether a data message or a seek has given it a place in the log; otherwise `assignment` asks the
    /// vnodes.
    bool placed() const noexcept { return begin_.has_value(); }
    /// What `assignment` calls offset: the start of the last data message or seek, else where the first poll
    /// starts; with `latest` one before.
    std::int64_t assigned_offset(const vgroup_log& log, std::optional<std::int64_t> committed) const noexcept;
    /// What `position` answers, with known bounds only. With `none` libtaos does not know it before the first
    /// reply, whatever is committed.
    std::optional<std::int64_t> position(std::optional<std::int64_t> committed) const noexcept;
    /// What `commit` commits: nothing before the first reply, and nothing before the end of a snapshot.
    std::optional<std::int64_t> committable() const noexcept { return position_; }

  private:
    struct vnode_reply {
        std::optional<found_message> message;
        std::optional<std::int64_t> next;  ///< none inside a snapshot
        log_bounds bounds;
        std::uint64_t arrival = 0;
        bool nowhere_to_start = false;
    };

    std::optional<found_message> next_of_snapshot(const vgroup_log& log, const gathering& how);
    void answer(std::optional<found_message> message, std::optional<std::int64_t> next, const vgroup_log& log,
                std::uint64_t arrival);

    vgroup_key vgroup_;
    protocol::offset_reset reset_;
    std::optional<std::int64_t> begin_;
    std::optional<std::int64_t> position_;
    log_bounds bounds_;
    std::int64_t seen_end_ = -1;
    std::optional<std::int64_t> held_;  ///< the offset of the held poll
    std::optional<vnode_reply> reply_;
    std::optional<time_point> idle_since_;
    bool asked_ = false;
    bool sought_ = false;  ///< since the vnode was asked
    bool in_snapshot_;
    bool wants_snapshot_;
    std::deque<encode::shared_bytes> snapshot_;  ///< messages that are still to be read
    std::int64_t snapshot_end_ = 0;
};

}  // namespace tmq::embedded::broker
