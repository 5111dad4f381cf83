#include "subscription/settlement.hpp"

#include <algorithm>
#include <utility>

namespace tmq::subscription {

settlement::settlement(const placement& done, positions& known, bool commits_processed)
    : placement_(done), positions_(known), has_committed_offsets_(done.assigned().empty()) {
    for (const std::size_t index : done.revoked()) {
        const vgroup_position& vgroup = known[index];
        revoked_.emplace_back(vgroup.topic, vgroup.vgroup, vgroup.next.value_or(-1));
        if (vgroup.to_commit && commits_processed)
            last_commits_.emplace_back(vgroup.topic, vgroup.vgroup,
                                       known.commit_target(index, *vgroup.to_commit));
    }
}

std::optional<request> settlement::next() {
    if (!last_commits_.empty()) {
        const partition_offset& last = last_commits_.back();
        positions_.trying(*positions_.find(last.topic(), last.vgroup()), last.offset());
        return request(protocol::action::commit_offset, last);
    }
    if (!has_committed_offsets_) return request(protocol::action::committed, placement_.assigned());
    return std::nullopt;
}

std::optional<partition_offset> settlement::take_commit() noexcept {
    if (last_commits_.empty()) return std::nullopt;
    std::optional<partition_offset> last = std::move(last_commits_.back());
    last_commits_.pop_back();
    return last;
}

std::vector<partition_offset> settlement::take_commits() noexcept { return std::exchange(last_commits_, {}); }

void settlement::on_committed(std::span<const std::int64_t> offsets) {
    has_committed_offsets_ = true;
    const std::vector<partition_offset>& assigned = placement_.assigned();
    for (std::size_t i = 0; i < std::min(offsets.size(), assigned.size()); ++i) {
        const auto index = positions_.find(assigned[i].topic(), assigned[i].vgroup());
        if (index && offsets[i] >= 0) positions_.found_committed(*index, offsets[i]);
    }
}

}  // namespace tmq::subscription
