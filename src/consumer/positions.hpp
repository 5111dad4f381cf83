#pragma once

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
    /// What this consumer has committed last.
    std::optional<std::int64_t> committed;
    /// Whether a message was delivered that neither a commit nor a seek has settled.
    bool has_uncommitted = false;
};

/// The positions of a subscription, one for each vgroup it has had to do with. Allocates only for a vgroup it has not seen.
class positions {
  public:
    /// The index of a vgroup, which holds until clear().
    std::optional<std::size_t> find(std::string_view topic, std::int32_t vgroup) const noexcept;
    const vgroup_position& operator[](std::size_t index) const noexcept { return vgroups_[index]; }
    std::size_t size() const noexcept { return vgroups_.size(); }
    /// Whether something was delivered that no offset can commit.
    bool has_inexact() const noexcept;

    /// The application has taken a message that ends at `next_offset`; negative: it has no log offset.
    void delivered(std::string_view topic, std::int32_t vgroup, std::int64_t next_offset);
    /// Delivery goes on at `offset`. What was delivered before and not committed stays so.
    void sought(std::string_view topic, std::int32_t vgroup, std::int64_t offset);
    void committed(std::size_t index, std::int64_t offset) noexcept;
    /// Everything that was delivered is committed.
    void all_committed() noexcept;
    /// The vgroup is read by another consumer now.
    void lost(std::size_t index) noexcept;
    void clear() noexcept { vgroups_.clear(); }

  private:
    vgroup_position& at(std::string_view topic, std::int32_t vgroup);

    std::vector<vgroup_position> vgroups_;
};

}  // namespace tmq
