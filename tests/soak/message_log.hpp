#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

namespace tmq::soak {

/// What was written to the vgroups of a topic: the truth that deliveries are held against.
class message_log {
  public:
    /// One message. It covers the offsets begin to end - 1.
    struct entry {
        std::int64_t begin = 0;
        std::int64_t end = 0;
        std::vector<std::uint64_t> rows;  ///< their numbers, in order
        std::uint64_t rows_before = 0;    ///< in the entries before
    };

    /// Row i belongs to table i % tables.
    explicit message_log(std::uint32_t tables) : next_of_table_(tables, 0) {}

    /// A vgroup without messages, whose log ends at 0.
    void add_vgroup(std::int32_t vgroup) { vgroups_[vgroup]; }
    /// Adds a message that begins where the one before ends. Throws std::logic_error for an offset that does
    /// not grow, for a row that is not the next of its table, and for a table that lives in another vgroup.
    void append(std::int32_t vgroup, std::int64_t end, std::vector<std::uint64_t> rows);

    std::vector<std::int32_t> vgroups() const;
    const std::vector<entry>& entries(std::int32_t vgroup) const { return vgroups_.at(vgroup); }
    /// The entry from which reading at an offset goes on; the number of entries when there is none.
    std::size_t entry_at(std::int32_t vgroup, std::int64_t offset) const;
    /// Rows from this entry to the end.
    std::uint64_t rows_from(std::int32_t vgroup, std::size_t first) const;
    /// Rows of all vgroups.
    std::uint64_t rows() const noexcept { return rows_; }

  private:
    std::map<std::int32_t, std::vector<entry>> vgroups_;
    std::map<std::uint32_t, std::int32_t> vgroup_of_table_;
    std::vector<std::uint64_t> next_of_table_;  ///< in rows of the table
    std::uint64_t rows_ = 0;
};

}  // namespace tmq::soak
