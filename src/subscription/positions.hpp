#pragma once

#include "subscription/tried_commits.hpp"
#include "subscription/unfinished.hpp"
#include "tmq/config.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tmq::subscription {

/// How far this consumer has got in one vgroup of a topic.
struct vgroup_position {
    std::string topic;
    std::int32_t vgroup = 0;
    /// Offset where delivery resumes: after the last message that the application took, or the target of its
    /// seek. Empty when unknown: a snapshot message has no log offset.
    std::optional<std::int64_t> next;
    /// Offset where the server resumes: `next`, plus what was read ahead.
    std::optional<std::int64_t> read;
    /// What the group had committed, or this consumer since, and what it has tried to.
    std::optional<std::int64_t> committed;
    tried_commits tried;
    /// What others have read, or where the log has nothing for this group: a commit in between would take
    /// their commit back.
    struct gap {
        std::int64_t from;
        std::int64_t until;
    };
    std::optional<gap> of_others;
    /// Offset up to which the application has processed more than is committed.
    std::optional<std::int64_t> to_commit;
    /// End of the last message that was delivered. `has_uncommitted`: neither a commit nor a seek has settled
    /// it.
    std::optional<std::int64_t> delivered_until;
    bool has_uncommitted = false;
    /// True after a seek, until something there is committed: the server would commit where the seek went
    /// with all else.
    bool is_sought = false;
    /// True if the server is known to read this vgroup for this consumer, from `read` on.
    bool is_placed = false;
    /// True if it is expected to return to this consumer, which has lost only its connection.
    bool is_awaited = false;
    /// True if the server was seen to list it among those of this consumer.
    bool is_assigned = false;
    /// True if the next message may start anywhere: the first after a seek starts where the server has cut
    /// its log into messages.
    bool may_start_anywhere = false;
    /// Target of a seek that no message has proven yet: one from before the seek may still wait in the
    /// server, which brings it once. Its position stays at the target meanwhile.
    std::optional<std::int64_t> unproven;
    /// Rows that are gone, between what was read ahead and what the server reads next: delivery passes over
    /// them when it gets there.
    std::optional<gap> gone;
    /// Bounds of its log, as the server reported last; -1: not known.
    std::int64_t log_begin = -1;
    std::int64_t log_end = -1;
    /// Messages to be acknowledged explicitly: see config::acknowledge.
    unfinished delivered;
};

/// What an announced message is to its vgroup.
enum class arrival : std::uint8_t {
    expected,   ///< the next one
    misplaced,  ///< not the next one: the vgroup needs to be placed, since it was read by another consumer or
                ///< on another connection meanwhile
    stale,      ///< from before a seek
    unproven,   ///< the first one that comes after a seek, maybe from before it: the server's position tells,
                ///< see positions::prove()
};

/// The positions of a subscription, one for each vgroup it has had to do with. Allocates only for a vgroup it
/// has not seen.
class positions {
  public:
    explicit positions(acknowledge_mode mode = acknowledge_mode::by_poll) noexcept : mode_(mode) {}

    /// The index of a vgroup, which holds until clear().
    std::optional<std::size_t> find(std::string_view topic, std::int32_t vgroup) const noexcept;
    const vgroup_position& operator[](std::size_t index) const noexcept { return vgroups_[index]; }
    std::size_t size() const noexcept { return vgroups_.size(); }
    /// True if something was delivered that no offset can commit.
    bool has_inexact() const noexcept;
    /// True if the application has processed something that is not committed.
    bool has_to_commit() const noexcept;
    /// True if the server may be anywhere in a vgroup whose position is known here.
    bool has_displaced() const noexcept;
    /// True if the application holds messages that it has still to acknowledge.
    bool has_unfinished() const noexcept;

    /// The server announces a message that starts at `offset`, or, as metadata, ends there.
    arrival announced(std::string_view topic, std::int32_t vgroup, std::int64_t offset, bool is_metadata);
    /// What an unproven message is, `position` being where the server stands after it has announced it.
    arrival prove(std::size_t index, std::int64_t offset, bool is_metadata, std::int64_t position) noexcept;
    /// A message was read that ends at `next_offset`; negative: it has no log offset.
    void read(std::string_view topic, std::int32_t vgroup, std::int64_t next_offset);
    /// The application has taken it.
    void delivered(std::string_view topic, std::int32_t vgroup, std::int64_t next_offset);
    /// The application asks for more, or closes: it has finished what was delivered last.
    void finish_delivered();
    /// It has finished this message, whatever others it has not (acknowledge by hand).
    void finish(std::size_t index, std::int64_t next_offset);
    /// Delivery resumes at `offset`. What was delivered before and not committed stays so. `has_polled`: see
    /// placement.
    void sought(std::string_view topic, std::int32_t vgroup, std::int64_t offset, bool has_polled = false);
    /// What is to be committed when the application has finished what lies before `offset`.
    std::int64_t commit_target(std::size_t index, std::int64_t offset) const noexcept {
        const std::optional<vgroup_position::gap>& gap = vgroups_[index].of_others;
        return gap && offset >= gap->from ? std::max(offset, gap->until) : offset;
    }
    /// The group is found to have committed `offset` before this consumer has committed anything.
    void found_committed(std::size_t index, std::int64_t offset) noexcept {
        if (!vgroups_[index].committed) vgroups_[index].committed = offset;
    }
    void trying(std::size_t index, std::int64_t offset) noexcept { vgroups_[index].tried.add(offset); }
    /// The server says that the group has committed `offset`. Returns whether that is this consumer's commit,
    /// and no other member's: one whose reply got lost has taken effect then.
    bool is_own_commit(std::size_t index, std::int64_t offset) noexcept;
    void committed(std::size_t index, std::int64_t offset) noexcept;
    /// Another member has committed `offset`, which is more than this consumer was going to.
    void overtaken(std::size_t index, std::int64_t offset) noexcept;
    /// Everything that was delivered is committed.
    void all_committed() noexcept;

    /// The server reads the vgroup for this consumer from `offset` on. `has_polled`: see placement.
    void placed(std::string_view topic, std::int32_t vgroup, std::int64_t offset, bool has_polled = false);
    /// The server has found nothing for this consumer before `offset`.
    void advanced(std::size_t index, std::int64_t offset) noexcept;
    /// The server resumes at `offset`, since what was to be read before it is gone.
    void skipped(std::size_t index, std::int64_t offset) noexcept;
    /// The server may be anywhere, or read it for somebody else. What was read ahead does not count any more.
    void displaced(std::size_t index) noexcept;
    /// The connection is lost, and with it where the server was.
    void all_displaced() noexcept;
    /// The next message may start anywhere.
    void unsure(std::size_t index) noexcept { vgroups_[index].may_start_anywhere = true; }
    /// The vgroup is read by another consumer now.
    void lost(std::size_t index) noexcept;
    void all_lost() noexcept;
    /// The server refuses a commit there, as for a vgroup that another consumer reads. Unless the vgroup is
    /// only awaited, it is not tried again before more is finished; whether the vgroup is lost a placement
    /// finds out.
    void refused(std::size_t index) noexcept;
    void assigned(std::size_t index) noexcept { vgroups_[index].is_assigned = true; }
    /// The server says where its log begins and ends.
    void bounded(std::size_t index, std::int64_t begin, std::int64_t end) noexcept {
        vgroups_[index].log_begin = begin;
        vgroups_[index].log_end = end;
    }
    /// Whether committing everything that was delivered is to commit `offset` of this vgroup, and nothing
    /// else.
    bool is_only_uncommitted(std::size_t index, std::int64_t offset) const noexcept;
    void clear() noexcept {
        vgroups_.clear();
        last_.reset();
    }

  private:
    vgroup_position& at(std::string_view topic, std::int32_t vgroup);
    void settle(std::size_t index) noexcept;
    static void advance_commit(vgroup_position& in, std::int64_t offset) noexcept;

    acknowledge_mode mode_;
    std::vector<vgroup_position> vgroups_;
    std::optional<std::size_t> last_;  ///< delivered last, and not finished
};

}  // namespace tmq::subscription
