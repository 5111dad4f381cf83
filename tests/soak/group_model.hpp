#pragma once

#include "soak/message_log.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace tmq::soak {

/// What the members of one group may be given while vgroups move among them. Each member reads a vgroup
/// without gaps; one that gets a vgroup begins where the group had committed when it moved, so that only what
/// was delivered and not committed comes twice.
class group_model {
  public:
    struct counts {
        std::uint64_t delivered = 0;  ///< rows, each once
        std::uint64_t again = 0;      ///< rows delivered again since they were not committed
        std::uint64_t lost = 0;       ///< rows that nobody got
        std::uint64_t repeated =
            0;  ///< rows delivered again although they were committed, or twice to one member
        std::uint64_t foreign = 0;  ///< rows of messages that are not in the log as they came
        std::uint64_t moves = 0;    ///< how often a member began with a vgroup

        std::uint64_t faults() const noexcept { return lost + repeated + foreign; }
    };

    /// The log must be complete, and outlive the model. `ahead`: how many messages a member may have been
    /// given by the server, in any vgroup, before it is handed the first of them; changes meanwhile are as if
    /// they came behind it.
    explicit group_model(const message_log& log, std::size_t ahead = 0);

    /// A member is about to join or to leave: `committed` is what the group has committed in a vgroup at this
    /// moment. To be told of every vgroup.
    void before_change(std::int32_t vgroup, std::int64_t committed);
    /// A message for a member.
    void deliver(std::size_t member, std::int32_t vgroup, std::int64_t begin, std::int64_t end,
                 std::span<const std::uint64_t> rows);
    /// After before_change(): the member begins with nothing.
    void joins(std::size_t member);

    bool complete() const noexcept { return counts_.delivered == log_.rows(); }
    /// `lost` counts what is still missing.
    counts count() const;
    const std::string& first_fault() const noexcept { return first_fault_; }

  private:
    /// Where a member stands in a vgroup, and how many changes there had been.
    struct place {
        std::int64_t next = -1;
        std::size_t changes = 0;
    };
    void fault(const char* what, std::size_t member, std::int32_t vgroup, std::int64_t begin,
               std::int64_t due);

    /// How many changes there had been when the server may have given the member the message that comes now.
    std::size_t changes_when_read(std::size_t member, std::size_t changes);

    const message_log& log_;
    std::size_t ahead_;
    std::map<std::size_t, std::deque<std::size_t>>
        read_;  ///< by each member, its last messages: how many changes there had been
    std::map<std::int32_t, std::vector<bool>> seen_;
    std::map<std::int32_t, std::vector<std::int64_t>>
        committed_before_;  ///< the changes, the start of all first
    std::map<std::pair<std::size_t, std::int32_t>, place> places_;
    counts counts_;
    std::string first_fault_;
};

}  // namespace tmq::soak
