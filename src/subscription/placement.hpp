#pragma once

#include "base/failure.hpp"
#include "subscription/positions.hpp"
#include "tmq/topic_partition.hpp"

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace tmq::subscription {

using base::failure;

/// Rows that the server removed before this consumer read them. `until` below `from`: the log that was read
/// does not exist any more.
struct lost_rows {
    std::string topic;
    std::int32_t vgroup;
    std::int64_t from;
    std::int64_t until;
};

/// Finds out which vgroups the server reads for this consumer, and puts each where its reading resumes: after
/// the first subscription, after a reconnect, and whenever vgroups may have come or gone. A state machine
/// without clock or socket; its owner carries out what next() asks for and reports the outcome. Nothing else
/// that moves the server's positions may be under way meanwhile.
///
/// Topic by topic: assignment; position of the vgroups that stand, which the server may have moved over
/// entries without rows; where the server starts with the vgroups that are new: their position, or with
/// `none`, where libtaos does not know it before the first reply (seen), what is committed; for vgroups whose
/// position is known but not the server's, committed; then a seek of these two kinds, to where delivery
/// stopped and to the server's own start. A vgroup that the group has committed further than this consumer
/// was read by another member in between, and resumes there. A vgroup that is missing on a new connection is
/// awaited: the server gives it away only when it has noticed that the old one is gone.
///
/// A vgroup that was sought has bounds that the server remembers. While one of a topic has neither been
/// sought nor brought a message, the server asks every vnode for the bounds at each assignment, which
/// on 3.3.5 can leave out a vgroup and can crash the adapter (seen). So a vgroup is taken for gone only when
/// several answers in a row lack it.
///
/// The positions learn of it all at once, when it is done. A placement that fails has changed none, so the
/// next one finds the same again.
class placement {
  public:
    using time_point = std::chrono::steady_clock::time_point;

    /// So many answers in a row that lack a vgroup are believed. One in 200 to 1,600 left out one (3.3.5.8,
    /// seen).
    static constexpr int believed_answers = 3;

    enum class step : std::uint8_t {
        assignment,  ///< ask for that of topic()
        position,    ///< ask for that of asked()
        committed,   ///< the same
        seek,        ///< to target()
        wait,        ///< the server is not ready: ask again at again_at()
        done,
        failed,  ///< see why()
    };

    /// What a placement has to know.
    struct circumstances {
        time_point patience;      ///< until then a server that is not ready is asked again
        time_point await_until;   ///< until then missing vgroups are awaited
        bool may_advance = true;  ///< no message is announced that was not read yet: the server's positions
                                  ///< are where reading resumes
        bool has_polled =
            false;  ///< since the subscription: a reply from before a seek may still wait in the server
        bool needs_commit =
            false;  ///< a vgroup that is new starts where the group has committed, and nowhere else (`none`)
    };

    placement(positions& of, std::span<const std::string> topics, const circumstances& around)
        : positions_(of), topics_(topics), around_(around) {
        ask();
    }

    step next() const noexcept { return step_; }
    const std::string& topic() const noexcept { return topics_[topic_]; }
    const std::vector<topic_partition>& asked() const noexcept {
        return subject_ == subject::standing ? standing_ : subject_ == subject::fresh ? fresh_ : places_;
    }
    const topic_partition& target() const noexcept { return places_.back(); }
    time_point again_at() const noexcept { return again_at_; }
    const failure& why() const noexcept { return why_; }

    /// `refused` is empty on success.
    void on_assignment(const failure& refused, std::span<const assigned_vgroup> listed, time_point now);
    /// `offsets`: as many as asked().
    void on_position(const failure& refused, std::span<const std::int64_t> offsets, time_point now);
    /// `offsets`: as many as asked().
    void on_committed(const failure& refused, std::span<const std::int64_t> offsets, time_point now);
    void on_seek(const failure& refused, time_point now);
    void on_waited() { step_ = step::assignment; }

    /// When it is done: vgroups that were put where their reading goes on, those that came new, and those
    /// that this consumer has to give up (as indexes of the positions, which still are as they were). Each of
    /// them once.
    const std::vector<topic_partition>& resumed() const noexcept { return resumed_; }
    const std::vector<topic_partition>& assigned() const noexcept { return assigned_; }
    const std::vector<std::size_t>& revoked() const noexcept { return revoked_; }
    const std::vector<lost_rows>& lost() const noexcept { return lost_; }
    /// Whether the server has said to the last that this consumer is no member, as it does during a
    /// rebalance, and after it to one it has put out.
    bool is_mismatched() const noexcept { return is_mismatched_; }
    /// True if a log has more than was read of it, entries without rows included.
    bool has_backlog() const noexcept { return has_backlog_; }
    /// True if something is missing or not known yet: another check is due soon.
    bool is_unsettled() const noexcept { return is_unsettled_; }

  private:
    struct log {
        std::int64_t begin;
        std::int64_t end;
        std::int64_t wanted;  ///< where reading is to resume, be it in there or not
    };
    enum class subject : std::uint8_t { standing, fresh, places };
    struct bounds {
        std::string topic;
        assigned_vgroup listed;
    };
    void ask() {
        if (topic_ < topics_.size()) {
            step_ = step::assignment;
        } else {
            apply();
            step_ = step::done;
        }
    }
    void next_topic() {
        places_.clear();
        logs_.clear();
        fresh_.clear();
        fresh_logs_.clear();
        ++topic_;
        tries_ = doubts_ = 0;
        ask();
    }
    void fail(const failure& why);
    void apply();
    void forget_topic();
    void settle();
    bool awaits_any() const noexcept;
    void ask_again(time_point now);
    void look_at(const assigned_vgroup& listed);
    void look_at_standing(std::size_t index, std::int64_t position);
    void on_fresh(const failure& refused, std::span<const std::int64_t> offsets, time_point now);
    void look_at_fresh(std::size_t index, std::int64_t position);
    void ask_standing();
    void ask_fresh();
    void ask_committed();
    bool is_standing(std::int32_t vgroup) const noexcept;
    bool is_new(std::int32_t vgroup) const noexcept;
    bool is_missing(std::size_t index, std::span<const assigned_vgroup> listed) const noexcept;
    bool is_awaited(std::size_t index, time_point now) const noexcept;
    bool is_doubtful(std::span<const assigned_vgroup> listed, time_point now);
    void look_for_missing(std::span<const assigned_vgroup> listed, time_point now);
    void next_seek();

    positions& positions_;
    std::span<const std::string> topics_;
    circumstances around_;
    step step_ = step::done;
    std::size_t topic_ = 0;
    int tries_ = 0;              ///< of seeks that came too late
    int doubts_ = 0;             ///< answers in a row that lack any vgroup
    std::vector<int> absences_;  ///< answers in a row that lack this vgroup, by index
    subject subject_ = subject::standing;
    time_point again_at_;
    failure why_;
    std::vector<topic_partition> standing_;  ///< placed already
    std::vector<std::int64_t> begins_;       ///< of their logs
    std::vector<bounds> bounds_;             ///< of all that were listed with bounds
    std::vector<topic_partition> advanced_;  ///< how far the server has got with them
    std::vector<topic_partition> fresh_;     ///< new ones, in the end with the offset to seek to
    std::vector<log> fresh_logs_;            ///< theirs
    std::vector<topic_partition> places_;    ///< to be placed, in the end with the offset to seek to
    std::vector<log> logs_;                  ///< theirs
    std::vector<topic_partition> placed_;    ///< offsets where the server resumes
    std::vector<topic_partition> resumed_;
    std::vector<topic_partition> assigned_;
    std::vector<std::size_t> revoked_;
    std::vector<lost_rows> lost_;
    bool is_unsettled_ = false;
    bool has_backlog_ = false;
    bool is_mismatched_ = false;
};

}  // namespace tmq::subscription
