#pragma once

#include "consumer/unfinished.hpp"
#include "tmq/config.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tmq {

/// How far this consumer has got in one vgroup of a topic.
struct vgroup_position {
    std::string topic;
    std::int32_t vgroup = 0;
    /// Where delivery goes on: behind the last message the application took, or where it sought to. Nothing when that is not known: a
    /// snapshot message has no log offset.
    std::optional<std::int64_t> next;
    /// Where the server goes on: as `next`, plus what was read ahead.
    std::optional<std::int64_t> read;
    /// What this consumer has committed last, and what it has tried to: a commit whose reply got lost may have taken effect.
    std::optional<std::int64_t> committed;
    std::optional<std::int64_t> tried;
    /// Where others have read and committed before this place, or the log has nothing for this group: to commit less would take that back.
    std::int64_t commit_floor = -1;
    /// How far the application has finished beyond what is committed.
    std::optional<std::int64_t> to_commit;
    /// Where the last message that was delivered ends, and whether neither a commit nor a seek has settled it.
    std::optional<std::int64_t> delivered_until;
    bool has_uncommitted = false;
    /// Whether the server is known to read this vgroup for this consumer, from `read` on.
    bool is_placed = false;
    /// Whether it is expected to come back to this consumer, which has lost its connection only.
    bool is_awaited = false;
    /// Whether the server was seen to list it among those of this consumer.
    bool is_assigned = false;
    /// Whether the next message may start anywhere: the first behind a seek starts where the server has cut its log into messages.
    bool may_start_anywhere = false;
    /// Rows that are gone, between what was read ahead and what the server reads next: delivery passes over them when it gets there.
    struct gap {
        std::int64_t from;
        std::int64_t until;
    };
    std::optional<gap> gone;
    /// Of config::acknowledge by hand.
    unfinished delivered;
};

/// The positions of a subscription, one for each vgroup it has had to do with. Allocates only for a vgroup it has not seen.
class positions {
  public:
    explicit positions(acknowledge_mode mode = acknowledge_mode::by_poll) noexcept : mode_(mode) {}

    /// The index of a vgroup, which holds until clear().
    std::optional<std::size_t> find(std::string_view topic, std::int32_t vgroup) const noexcept;
    const vgroup_position& operator[](std::size_t index) const noexcept { return vgroups_[index]; }
    std::size_t size() const noexcept { return vgroups_.size(); }
    /// Whether something was delivered that no offset can commit.
    bool has_inexact() const noexcept;
    /// Whether the application has finished something that is not committed.
    bool has_to_commit() const noexcept;
    /// Whether it has messages in its hands that are to be acknowledged.
    bool has_unfinished() const noexcept;

    /// The server announces a message that starts at `offset`, or, as metadata, ends there. False when it cannot be the next one of its vgroup,
    /// which then needs to be placed: it was read by another consumer meanwhile, or since the connection was made again.
    bool announced(std::string_view topic, std::int32_t vgroup, std::int64_t offset, bool is_metadata);
    /// A message was read that ends at `next_offset`; negative: it has no log offset.
    void read(std::string_view topic, std::int32_t vgroup, std::int64_t next_offset);
    /// The application has taken it.
    void delivered(std::string_view topic, std::int32_t vgroup, std::int64_t next_offset);
    /// The application asks for more, or closes: it has finished what was delivered last.
    void finish_delivered();
    /// It has finished this message, whatever others it has not (acknowledge by hand).
    void finish(std::size_t index, std::int64_t next_offset);
    /// Delivery goes on at `offset`. What was delivered before and not committed stays so.
    void sought(std::string_view topic, std::int32_t vgroup, std::int64_t offset);
    /// What is to be committed when the application has finished what lies before `offset`.
    std::int64_t commit_target(std::size_t index, std::int64_t offset) const noexcept { return std::max(offset, vgroups_[index].commit_floor); }
    void trying(std::size_t index, std::int64_t offset) noexcept { vgroups_[index].tried = offset; }
    void committed(std::size_t index, std::int64_t offset) noexcept;
    /// Another member has committed `offset`, which is more than this consumer was going to.
    void overtaken(std::size_t index, std::int64_t offset) noexcept;
    /// Everything that was delivered is committed.
    void all_committed() noexcept;

    /// The server reads the vgroup for this consumer from `offset` on.
    void placed(std::string_view topic, std::int32_t vgroup, std::int64_t offset);
    /// The server has found nothing for this consumer before `offset`.
    void advanced(std::size_t index, std::int64_t offset) noexcept;
    /// The server goes on at `offset`, since what was to be read before it is gone.
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
    /// The server refuses a commit there, as for a vgroup that another consumer reads. Unless the vgroup is only awaited, it is not tried again
    /// before more is finished; whether the vgroup is lost a placement finds out.
    void refused(std::size_t index) noexcept;
    void assigned(std::size_t index) noexcept { vgroups_[index].is_assigned = true; }
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

}  // namespace tmq
