#pragma once

#include "soak/message_log.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>

namespace tmq::soak {

/// What one consumer may be given next, and what was wrong with what it got. All counts are rows.
class delivery_model {
  public:
    struct counts {
        std::uint64_t delivered = 0;     ///< that were due, those asked for again included
        std::uint64_t asked_again = 0;   ///< of them, those that were due once more after a seek or a restart
        std::uint64_t lost = 0;          ///< passed over and never brought, as far as is known
        std::uint64_t repeated = 0;      ///< delivered again without being asked for
        std::uint64_t out_of_order = 0;  ///< passed over and brought later
        std::uint64_t foreign = 0;       ///< in messages that are not in the log as they came

        std::uint64_t faults() const noexcept { return lost + repeated + out_of_order + foreign; }
    };

    /// The log may grow, and must outlive the model.
    explicit delivery_model(const message_log& log) : log_(log) {}

    /// Reading of a vgroup begins, or goes on after a seek or a restart, at this offset. What was passed over
    /// before is lost for good, even when it is due again.
    void read_from(std::int32_t vgroup, std::int64_t offset);
    /// A message of a vgroup that is read, with the offsets where it begins and where the next one does.
    void deliver(std::int32_t vgroup, std::int64_t begin, std::int64_t end,
                 std::span<const std::uint64_t> rows);
    /// The application is done with everything that was delivered.
    void finish();

    /// The offset from which the vgroup must go on, but for offsets without rows.
    std::int64_t position(std::int32_t vgroup) const { return readers_.at(vgroup).position; }
    /// Whether it may: nothing lies in between.
    bool may_be_at(std::int32_t vgroup, std::int64_t offset) const;
    /// Whether a commit up to this offset covers only what the application is done with.
    bool may_be_committed(std::int32_t vgroup, std::int64_t offset) const;
    /// Rows that are still to come.
    std::uint64_t pending() const;
    counts count() const;
    /// What was wrong first; empty when nothing was.
    const std::string& first_fault() const noexcept { return first_fault_; }

  private:
    struct reader {
        std::size_t next = 0;  ///< entry of the log
        std::int64_t position = 0;
        std::set<std::size_t> passed_over;
        std::size_t reached = 0;  ///< behind the last entry that ever was delivered
        std::int64_t highest = 0;
        std::int64_t finished = 0;
    };
    bool may_stand(std::int64_t offset, std::int64_t due, std::int32_t vgroup) const;
    void fault(const char* what, std::int32_t vgroup, const reader& on, std::int64_t begin, std::int64_t end);

    const message_log& log_;
    std::map<std::int32_t, reader> readers_;
    counts counts_;
    std::string first_fault_;
};

}  // namespace tmq::soak
