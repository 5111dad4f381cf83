#include "consumer/positions.hpp"

#include <algorithm>
#include <utility>

namespace tmq {

std::optional<std::size_t> positions::find(std::string_view topic, std::int32_t vgroup) const noexcept {
    const auto found =
        std::find_if(vgroups_.begin(), vgroups_.end(), [&](const vgroup_position& at) { return at.vgroup == vgroup && at.topic == topic; });
    return found == vgroups_.end() ? std::nullopt : std::optional(static_cast<std::size_t>(found - vgroups_.begin()));
}

vgroup_position& positions::at(std::string_view topic, std::int32_t vgroup) {
    if (const auto index = find(topic, vgroup)) return vgroups_[*index];
    vgroup_position added;
    added.topic.assign(topic);
    added.vgroup = vgroup;
    vgroups_.push_back(std::move(added));
    return vgroups_.back();
}

bool positions::has_inexact() const noexcept {
    return std::any_of(vgroups_.begin(), vgroups_.end(), [](const vgroup_position& at) { return at.has_uncommitted && !at.next; });
}

void positions::delivered(std::string_view topic, std::int32_t vgroup, std::int64_t next_offset) {
    vgroup_position& in = at(topic, vgroup);
    in.next = next_offset < 0 ? std::nullopt : std::optional(next_offset);
    in.has_uncommitted = !in.next || in.next != in.committed;
}

void positions::sought(std::string_view topic, std::int32_t vgroup, std::int64_t offset) {
    vgroup_position& in = at(topic, vgroup);
    in.next = offset;
    in.has_uncommitted = false;
}

void positions::committed(std::size_t index, std::int64_t offset) noexcept {
    vgroup_position& in = vgroups_[index];
    in.committed = offset;
    if (in.next == offset) in.has_uncommitted = false;
}

void positions::all_committed() noexcept {
    for (vgroup_position& in : vgroups_) {
        if (in.has_uncommitted) in.committed = in.next;
        in.has_uncommitted = false;
    }
}

void positions::lost(std::size_t index) noexcept {
    vgroup_position& in = vgroups_[index];
    in.next.reset();
    in.committed.reset();
    in.has_uncommitted = false;
}

}  // namespace tmq
