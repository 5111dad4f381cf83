#pragma once

#include "base/failure.hpp"
#include "protocol/vgroup_assignment.hpp"
#include "subscription/positions.hpp"
#include "tmq/partition_offset.hpp"

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace tmq::subscription {

using base::defect_code;
using base::failure;

/// Rows that the server removed before this consumer read them: offsets from `begin` up to, not including,
/// `end`. `end` below `begin`: the log that was read no longer exists.
struct lost_rows {
    std::string topic;
    std::int32_t vgroup;
    std::int64_t begin;
    std::int64_t end;
};

/// Finds out which vgroups the server reads for this consumer, and makes the server read each from where
/// delivery resumes: after the first subscription, after a reconnect, and whenever vgroups may have come or
/// gone. A state machine without clock or socket; its owner carries out what next() asks for and reports the
/// outcome. Meanwhile nothing else may move the server's positions.
///
/// For each topic:
/// 1. It asks for the assignment, and sorts the vgroups: steady (the server reads them for this consumer
///    already), fresh (new to this consumer), displaced (delivery has a position, the server's is unknown).
/// 2. It asks for the positions of the steady ones, which the server may have moved over entries without
/// rows.
/// 3. It asks for the start of the fresh ones: their position, or with `none`, where libtaos does not know
///    the position before the first reply, the committed offset.
/// 4. It asks what is committed of the displaced ones. A vgroup that the group has committed beyond this
///    consumer was read by another member in between, and resumes there.
/// 5. It may ask the application where the fresh and the displaced ones start: it may keep its offsets
///    itself. A displaced one never goes back by that, since its messages are in the application's hands.
/// 6. It seeks the displaced ones to where delivery stopped, and the fresh ones to their start.
///
/// A vgroup that is missing on a new connection is awaited: the server gives it away only once it has noticed
/// the end of the old connection.
///
/// The server remembers the bounds of a vgroup that was sought. While one of a topic has neither been sought
/// nor delivered a message, the server asks every vnode for the bounds at each assignment; 3.3.5 can then
/// leave out a vgroup, and can crash the adapter. So a vgroup counts as gone only when several answers in a
/// row lack it.
///
/// The positions are changed in one step, when it is done. A placement that fails has changed none, so the
/// next one starts from the same state.
class placement {
  public:
    using time_point = std::chrono::steady_clock::time_point;

    /// Answers in a row that lack a vgroup before it counts as gone. 3.3.5.8 was seen to leave out one in 200
    /// to 1,600 answers.
    static constexpr int believed_answers = 3;

    enum class step : std::uint8_t {
        assignment,  ///< ask for the assignment of topic()
        position,    ///< ask for the positions of asked()
        committed,   ///< ask for the committed offsets of asked()
        start,       ///< ask the application where each of gained() starts
        seek,        ///< seek to target()
        wait,        ///< the server is not ready: ask again at again_at()
        done,
        failed,  ///< see why()
    };

    /// State of the subscription around a placement.
    struct circumstances {
        time_point patience_end;  ///< until then a server that is not ready is asked again
        time_point await_end;     ///< until then missing vgroups are awaited
        /// No announced message is unread, so reading resumes at the server's positions.
        bool may_advance = true;
        /// A poll was sent since the subscription: a reply from before a seek may still wait in the server.
        bool has_polled = false;
        /// A fresh vgroup starts where the group has committed, and nowhere else (`none`).
        bool needs_commit = false;
        /// The application says where a vgroup starts, see step::start.
        bool asks_application = false;
    };

    placement(positions& known, std::span<const std::string> topics, const circumstances& conditions)
        : positions_(known), topics_(topics), circumstances_(conditions) {
        begin_topic();
    }

    step next() const noexcept { return step_; }
    const std::string& topic() const noexcept { return topics_[topic_]; }
    const std::vector<partition_offset>& asked() const noexcept {
        return subject_ == subject::steady ? steady_ : subject_ == subject::fresh ? fresh_ : displaced_;
    }
    /// Vgroups that this consumer gains or has lost track of.
    std::vector<topic_partition> gained() const;
    const partition_offset& target() const noexcept { return displaced_.back(); }
    time_point again_at() const noexcept { return again_at_; }
    const failure& why() const noexcept { return why_; }

    /// `refused` is empty on success.
    void on_assignment(const failure& refused, std::span<const protocol::vgroup_assignment> listed,
                       time_point now);
    /// `offsets`: as many as asked().
    void on_position(const failure& refused, std::span<const std::int64_t> offsets, time_point now);
    /// `offsets`: as many as asked().
    void on_committed(const failure& refused, std::span<const std::int64_t> offsets, time_point now);
    /// `named`: offsets of some or all of gained().
    void on_start(const failure& refused, std::span<const partition_offset> named);
    void on_seek(const failure& refused, time_point now);
    void on_waited() { step_ = step::assignment; }

    /// Results once next() is `done`, disjoint: vgroups that were displaced and resume; newly assigned ones;
    /// indexes of those no longer this consumer's (not yet removed from the positions).
    const std::vector<partition_offset>& resumed() const noexcept { return resumed_; }
    const std::vector<partition_offset>& assigned() const noexcept { return assigned_; }
    const std::vector<std::size_t>& revoked() const noexcept { return revoked_; }
    const std::vector<lost_rows>& lost() const noexcept { return lost_; }
    /// True if the last answers called this consumer no member: the server says so during a rebalance, and
    /// after it to an evicted member.
    bool is_mismatched() const noexcept { return is_mismatched_; }
    /// True if a log has more than was read of it, entries without rows included.
    bool has_backlog() const noexcept { return has_backlog_; }
    /// True if a vgroup is missing or a position unknown: another check is due soon.
    bool is_unsettled() const noexcept { return is_unsettled_; }

  private:
    struct log {
        std::int64_t begin;
        std::int64_t end;
        std::int64_t wanted;  ///< where reading should resume, inside the log or not; -1: not known

        /// A log that ends before what was read is a new log: all of it is unread.
        std::int64_t reachable() const noexcept { return wanted >= begin && wanted <= end ? wanted : begin; }
    };
    enum class subject : std::uint8_t { steady, fresh, displaced };
    struct bounds {
        std::string topic;
        protocol::vgroup_assignment listed;
    };
    void begin_topic() {
        if (topic_ < topics_.size()) {
            step_ = step::assignment;
        } else {
            apply();
            step_ = step::done;
        }
    }
    void next_topic() {
        displaced_.clear();
        displaced_logs_.clear();
        fresh_.clear();
        fresh_logs_.clear();
        ++topic_;
        tries_ = doubts_ = 0;
        begin_topic();
    }
    void fail(const failure& why);
    void apply();
    void forget_topic();
    void settle();
    bool awaits_any() const noexcept;
    void ask_again(time_point now);
    void classify(const protocol::vgroup_assignment& listed);
    void check_steady(std::size_t index, std::int64_t position);
    void on_fresh(const failure& refused, std::span<const std::int64_t> offsets, time_point now);
    void set_fresh_target(std::size_t index, std::int64_t position);
    void ask_steady();
    void ask_fresh();
    void ask_displaced();
    void ask_start();
    bool is_steady(std::int32_t vgroup) const noexcept;
    bool is_new(std::int32_t vgroup) const noexcept;
    bool is_missing(std::size_t index, std::span<const protocol::vgroup_assignment> listed) const noexcept;
    bool is_awaited(std::size_t index, time_point now) const noexcept;
    bool is_doubtful(std::span<const protocol::vgroup_assignment> listed, time_point now);
    void find_missing(std::span<const protocol::vgroup_assignment> listed, time_point now);
    void next_seek();

    positions& positions_;
    std::span<const std::string> topics_;
    circumstances circumstances_;
    step step_ = step::done;
    std::size_t topic_ = 0;
    int tries_ = 0;              ///< seeks of an offset that was deleted meanwhile
    int doubts_ = 0;             ///< answers in a row that lack any vgroup
    std::vector<int> absences_;  ///< answers in a row that lack this vgroup, by index
    subject subject_ = subject::steady;
    time_point again_at_;
    failure why_;
    std::vector<partition_offset> steady_;
    std::vector<std::int64_t> begins_;        ///< first offsets of their logs
    std::vector<bounds> bounds_;              ///< of all vgroups listed with bounds
    std::vector<partition_offset> advanced_;  ///< steady ones that the server has moved on
    std::vector<partition_offset> fresh_;     ///< in the end with the offset to seek to
    std::vector<log> fresh_logs_;
    std::vector<partition_offset> displaced_;  ///< in the end with the offset to seek to
    std::vector<log> displaced_logs_;
    std::vector<partition_offset> placed_;  ///< with the offsets where the server resumes
    std::vector<partition_offset> resumed_;
    std::vector<partition_offset> assigned_;
    std::vector<std::size_t> revoked_;
    std::vector<lost_rows> lost_;
    bool is_unsettled_ = false;
    bool has_backlog_ = false;
    bool is_mismatched_ = false;
};

}  // namespace tmq::subscription
