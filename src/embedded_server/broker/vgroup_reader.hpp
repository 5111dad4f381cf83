#pragma once

#include "embedded_server/broker/consumer_group.hpp"
#include "embedded_server/broker/topics.hpp"
#include "embedded_server/protocol/subscribe_rules.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>

namespace tmq::embedded::broker {

/// Begin and end of a log, as libtaos remembers them; -1 if it does not know them.
struct log_bounds {
    std::int64_t begin = -1;
    std::int64_t end = -1;

    bool known() const noexcept { return begin != -1 && end != -1; }
};

/// Rules by which a vnode replies to polls of a topic.
struct poll_style {
    gathering rules;
    bool holds = false;  ///< A poll that finds nothing gets no reply until rows are inserted.
};

/// Result of a reply from a vnode.
struct handled_reply {
    std::optional<found_message> message;
    bool lacks_start = false;  ///< With `none`: nothing is committed.
};

/// Reads one vgroup for one member. It has what libtaos knows of the vgroup, the poll that the vnode holds,
/// and the reply that waits in libtaos until a poll of the client handles it. Times are those of the caller's
/// clock.
class vgroup_reader {
  public:
    using time_point = std::chrono::steady_clock::time_point;

    /// `reads_snapshot`: from its first poll on it reads a snapshot of the rows, then the log.
    vgroup_reader(vgroup_key vgroup, protocol::offset_reset reset, bool reads_snapshot);

    const vgroup_key& vgroup() const noexcept { return vgroup_; }

    /// True if the vnode can be asked: it holds no poll, and no reply waits.
    bool idle() const noexcept { return !held_poll_ && !reply_; }
    bool holds_poll() const noexcept { return held_poll_.has_value(); }
    bool was_asked() const noexcept { return was_asked_; }
    /// True if no reply has come, so that a poll starts at the committed offset, or by auto.offset.reset.
    bool fresh() const noexcept { return !position_ && !reads_snapshot_; }
    /// Time of the last reply if it had no message; otherwise empty.
    std::optional<time_point> idle_since() const noexcept { return idle_since_; }
    /// End of the log at the time of the last reply.
    std::int64_t seen_end() const noexcept { return seen_end_; }

    /// Asks the vnode of an idle reader, which replies at once or holds the poll. `arrival`: number of the
    /// reply among those of all vgroups.
    void ask(vgroup_log& log, const poll_style& style, std::optional<std::int64_t> committed,
             std::uint64_t arrival);
    /// Tries a held poll again, after an insert. Returns true if it got a reply. Without rows for the topic
    /// the vnode keeps the poll, and libtaos learns nothing.
    bool wake(vgroup_log& log, const poll_style& style, std::uint64_t arrival);

    /// Number of the reply that waits in libtaos.
    std::optional<std::uint64_t> arrival() const noexcept;
    /// Takes the reply that waits. Moves the reader to the reply's position unless a seek came in between,
    /// and remembers the bounds of the log.
    handled_reply handle(time_point now);

    /// Moves the reader. A held poll gets an empty reply; a reply that waits is delivered nevertheless.
    void seek(std::int64_t target, const vgroup_log& log, std::uint64_t arrival);
    /// Makes the bounds unknown until the next reply, as a rebalance does to a vgroup that stays.
    void forget_bounds() noexcept { bounds_ = {}; }

    const log_bounds& bounds() const noexcept { return bounds_; }
    /// Sets the bounds that an asked `assignment` has found.
    void learn(log_bounds bounds) noexcept { bounds_ = bounds; }
    /// True while positions are not offsets of the log.
    bool reads_snapshot() const noexcept { return reads_snapshot_; }
    /// True once a data message or a seek has given the reader a position in the log. Until then `assignment`
    /// asks the vnodes.
    bool is_placed() const noexcept { return begin_.has_value(); }
    /// Offset in the reply of `assignment`: start of the last data message or seek. Without one it is the
    /// start of the first poll, with `latest` one before it.
    std::int64_t assigned_offset(const vgroup_log& log, std::optional<std::int64_t> committed) const noexcept;
    /// Offset in the reply of `position`, which needs known bounds. With `none` libtaos does not know it
    /// before the first reply, whatever is committed.
    std::optional<std::int64_t> position(std::optional<std::int64_t> committed) const noexcept;
    /// Offset that `commit` commits. Empty before the first reply, and before the end of a snapshot.
    std::optional<std::int64_t> committable() const noexcept { return position_; }

  private:
    struct vnode_reply {
        std::optional<found_message> message;
        std::optional<std::int64_t> next;  ///< Position after the reply; empty inside a snapshot.
        log_bounds bounds;
        std::uint64_t arrival = 0;
        bool lacks_start = false;
    };

    std::optional<found_message> next_of_snapshot(const vgroup_log& log, const gathering& rules);
    void make_reply(std::optional<found_message> message, std::optional<std::int64_t> next,
                    const vgroup_log& log, std::uint64_t arrival);

    vgroup_key vgroup_;
    protocol::offset_reset reset_;
    std::optional<std::int64_t> begin_;
    std::optional<std::int64_t> position_;
    log_bounds bounds_;
    std::int64_t seen_end_ = -1;
    std::optional<std::int64_t> held_poll_;  ///< Offset of the poll that the vnode holds.
    std::optional<vnode_reply> reply_;
    std::optional<time_point> idle_since_;
    bool was_asked_ = false;
    bool was_moved_ = false;  ///< A seek has moved the reader since the vnode was asked.
    bool reads_snapshot_;
    bool needs_snapshot_;
    std::deque<encode::shared_bytes> snapshot_;  ///< Messages of the snapshot that are not read yet.
    std::int64_t snapshot_end_ = 0;
};

}  // namespace tmq::embedded::broker
