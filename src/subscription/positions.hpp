#pragma once

#include "subscription/acknowledgement_window.hpp"
#include "subscription/tried_commits.hpp"
#include "tmq/config.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tmq::subscription {

/// Progress of this consumer in one vgroup of a topic.
struct vgroup_position {
    std::string topic;
    std::int32_t vgroup = 0;
    /// Offset where delivery resumes: after the last message that the application took, or the target of its
    /// seek. Empty when unknown: a snapshot message has no log offset.
    std::optional<std::int64_t> next;
    /// Offset where the server resumes: `next`, plus what was read ahead.
    std::optional<std::int64_t> read;
    /// Offset that the group had committed, or this consumer since. `tried`: commits without a reply yet.
    std::optional<std::int64_t> committed;
    tried_commits tried;
    /// Offsets from `begin` up to, not including, `end`.
    struct gap {
        std::int64_t begin;
        std::int64_t end;
    };
    /// Entries that another member has read, or that hold nothing for this group: a commit inside would take
    /// that member's commit back.
    std::optional<gap> foreign;
    /// Offset up to which the application has processed more than is committed.
    std::optional<std::int64_t> to_commit;
    /// End of the last message that was delivered. `has_uncommitted`: neither a commit nor a seek has settled
    /// it.
    std::optional<std::int64_t> delivered_end;
    bool has_uncommitted = false;
    /// True after a seek, until something there is committed: a commit of everything would commit the seek's
    /// target too.
    bool is_sought = false;
    /// True if the server is known to read this vgroup for this consumer, from `read` on.
    bool is_placed = false;
    /// True if the vgroup is expected to return to this consumer, which has lost only its connection.
    bool is_awaited = false;
    /// True if an assignment has listed the vgroup.
    bool is_assigned = false;
    /// True if the next message may start anywhere: the first after a seek starts where the server has cut
    /// its log into messages.
    bool may_start_anywhere = false;
    /// Target of a seek that no message has proven yet: a message from before the seek may still wait in the
    /// server, which brings it once. Its position stays at the target meanwhile.
    std::optional<std::int64_t> unproven;
    /// Rows that were deleted, between what was read ahead and what the server reads next. Delivery skips
    /// them when it gets there.
    std::optional<gap> lost;
    /// Bounds of its log, as the server reported last; -1: not known.
    std::int64_t log_begin = -1;
    std::int64_t log_end = -1;
    /// Delivered messages that wait for an explicit acknowledgement: see config::acknowledge.
    acknowledgement_window unacknowledged;
};

/// Relation of an announced message to the position of its vgroup.
enum class arrival : std::uint8_t {
    expected,   ///< the next one
    misplaced,  ///< not the next one: the vgroup needs to be placed, since it was read by another consumer or
                ///< on another connection meanwhile
    stale,      ///< from before a seek
    unproven,   ///< the first one after a seek, maybe from before it: the server's position decides, see
                ///< positions::prove()
};

/// Positions of a subscription, one per vgroup that it has read or been assigned. Allocates only for a vgroup
/// that is new to it.
class positions {
  public:
    explicit positions(acknowledge_mode mode = acknowledge_mode::by_poll) noexcept
        : mode_(mode), subscription_(next_subscription()) {}

    /// Number of the subscription, unique among all of this process.
    std::uint32_t subscription() const noexcept { return subscription_; }

    /// Returns the index of a vgroup, which is valid until clear().
    std::optional<std::size_t> find(std::string_view topic, std::int32_t vgroup) const noexcept;
    /// Returns the index of a vgroup, which is added if it is new.
    std::size_t add(std::string_view topic, std::int32_t vgroup);
    const vgroup_position& operator[](std::size_t index) const noexcept { return vgroups_[index]; }
    std::size_t size() const noexcept { return vgroups_.size(); }
    /// True if something was delivered that no offset can commit.
    bool has_inexact() const noexcept;
    /// True if the application has processed something that is not committed.
    bool has_to_commit() const noexcept;
    /// True if a vgroup whose position is known here may be read from anywhere by the server.
    bool has_displaced() const noexcept;
    /// True if the application has messages that it has not acknowledged yet.
    bool has_unacknowledged() const noexcept;

    /// Makes the first message of a vgroup that is new here count only once the vgroup is placed.
    void place_first(bool value) noexcept { places_first_ = value; }
    /// Handles an announced message, which starts at `offset` or, as metadata, ends there.
    arrival announced(std::size_t index, std::int64_t offset, bool is_metadata) noexcept;
    /// Decides what an unproven message is. `position`: the server's, after it has announced the message.
    arrival prove(std::size_t index, std::int64_t offset, bool is_metadata, std::int64_t position) noexcept;
    /// Handles a message that was read and ends at `next_offset`; negative: it has no log offset.
    void read(std::size_t index, std::int64_t next_offset) noexcept;
    /// Handles a message that the application has taken.
    void delivered(std::size_t index, std::int64_t next_offset);
    /// Counts the last delivered message as processed: the application polls again, or closes.
    void mark_processed();
    /// The last delivered message will not be counted as processed.
    void forget_last() noexcept { last_.reset(); }
    /// Counts one message as processed, regardless of others: the application acknowledges it explicitly.
    void acknowledge(std::size_t index, std::int64_t next_offset);
    /// Handles a seek: delivery resumes at `offset`. What was delivered and not committed stays uncommitted.
    /// `has_polled`: see placement.
    void sought(std::string_view topic, std::int32_t vgroup, std::int64_t offset, bool has_polled = false);
    /// Returns the offset to commit once everything before `offset` is processed.
    std::int64_t commit_target(std::size_t index, std::int64_t offset) const noexcept {
        const std::optional<vgroup_position::gap>& gap = vgroups_[index].foreign;
        return gap && offset >= gap->begin ? std::max(offset, gap->end) : offset;
    }
    /// Handles the offset that the group has committed before this consumer has committed anything.
    void found_committed(std::size_t index, std::int64_t offset) noexcept {
        if (!vgroups_[index].committed) vgroups_[index].committed = offset;
    }
    /// Records a commit that is sent.
    void trying(std::size_t index, std::int64_t offset) noexcept { vgroups_[index].tried.add(offset); }
    /// True if `offset`, which the group has committed, is this consumer's commit and no other member's. A
    /// commit whose reply got lost has taken effect then.
    bool is_own_commit(std::size_t index, std::int64_t offset) noexcept;
    void committed(std::size_t index, std::int64_t offset) noexcept;
    /// Handles another member's commit of `offset`, which is beyond this consumer's own.
    void overtaken(std::size_t index, std::int64_t offset) noexcept;
    /// Handles a commit of everything that was delivered.
    void all_committed() noexcept;

    /// Records that the server reads the vgroup for this consumer from `offset` on. `has_polled`: see
    /// placement.
    void placed(std::string_view topic, std::int32_t vgroup, std::int64_t offset, bool has_polled = false);
    /// Records that the log has nothing for this consumer before `offset`.
    void advanced(std::size_t index, std::int64_t offset) noexcept;
    /// Records that the server resumes at `offset`: the rows before it were deleted.
    void skipped(std::size_t index, std::int64_t offset) noexcept;
    /// Records that the server may read the vgroup from anywhere, or for another member. What was read ahead
    /// no longer counts.
    void displaced(std::size_t index) noexcept;
    /// Records that the connection is lost, and the server's positions with it.
    void all_displaced() noexcept;
    /// Accepts any start of the next message.
    void unsure(std::size_t index) noexcept { vgroups_[index].may_start_anywhere = true; }
    /// Records that another consumer reads the vgroup now.
    void lost(std::size_t index) noexcept;
    void all_lost() noexcept;
    /// Handles a commit that was refused as for a vgroup that another consumer reads. Unless the vgroup is
    /// awaited, the commit is not sent again before more is processed; a placement finds out if the vgroup is
    /// lost.
    void refused(std::size_t index) noexcept;
    void assigned(std::size_t index) noexcept { vgroups_[index].is_assigned = true; }
    /// Records where the log begins and ends.
    void bounded(std::size_t index, std::int64_t begin, std::int64_t end) noexcept {
        vgroups_[index].log_begin = begin;
        vgroups_[index].log_end = end;
    }
    /// True if a commit of everything that was delivered would commit `offset` of this vgroup, and nothing
    /// else.
    bool is_only_uncommitted(std::size_t index, std::int64_t offset) const noexcept;
    /// For a new subscription.
    void clear() noexcept {
        vgroups_.clear();
        last_.reset();
        subscription_ = next_subscription();
    }

  private:
    void settle(std::size_t index) noexcept;
    static void advance_commit(vgroup_position& place, std::int64_t offset) noexcept;

    static std::uint32_t next_subscription() noexcept;

    acknowledge_mode mode_;
    bool places_first_ = false;
    std::uint32_t subscription_;
    std::vector<vgroup_position> vgroups_;
    std::optional<std::size_t> last_;  ///< delivered last, and not processed
};

}  // namespace tmq::subscription
