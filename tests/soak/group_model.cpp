#include "soak/group_model.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace tmq::soak {

group_model::group_model(const message_log& log, std::size_t ahead) : log_(log), ahead_(ahead) {
    for (const std::int32_t vgroup : log.vgroups()) {
        seen_[vgroup].assign(log.entries(vgroup).size(), false);
        committed_before_[vgroup].push_back(0);
    }
}

void group_model::fault(const char* what, std::size_t member, std::int32_t vgroup, std::int64_t begin,
                        std::int64_t due) {
    if (first_fault_.empty())
        first_fault_ = fmt::format("{}: member {} got vgroup {} from offset {} when {} was due", what, member,
                                   vgroup, begin, due);
}

void group_model::before_change(std::int32_t vgroup, std::int64_t committed) {
    committed_before_.at(vgroup).push_back(committed);
}

void group_model::deliver(std::size_t member, std::int32_t vgroup, std::int64_t begin, std::int64_t end,
                          std::span<const std::uint64_t> rows) {
    const auto known = seen_.find(vgroup);
    const std::size_t index = known == seen_.end() ? 0 : log_.entry_at(vgroup, end - 1);
    if (known == seen_.end() || index == log_.entries(vgroup).size() ||
        log_.entries(vgroup)[index].begin != begin || log_.entries(vgroup)[index].end != end ||
        !std::ranges::equal(log_.entries(vgroup)[index].rows, rows)) {
        counts_.foreign += rows.size();
        return fault("not a message of the log", member, vgroup, begin, 0);
    }
    const std::vector<std::int64_t>& changes = committed_before_.at(vgroup);
    place& at = places_[{member, vgroup}];
    const place last = std::exchange(at, place{end, changes_when_read(member, changes.size())});
    const bool is_first = last.next < 0;
    const bool goes_on = last.next == begin;
    // It moved at some time since the member's last message, or since it joined. A beginning too far on shows
    // as rows that nobody gets.
    const auto since =
        changes.begin() + static_cast<std::ptrdiff_t>(std::max<std::size_t>(last.changes, 1) - 1);
    const std::int64_t lowest = *std::min_element(since, changes.end());
    const bool may_begin = is_first || last.changes != changes.size();
    const bool begins = may_begin && begin >= lowest;
    const std::int64_t due = is_first ? lowest : last.next;
    if (!goes_on && begins) ++counts_.moves;

    if (std::vector<bool>::reference seen = known->second[index]; !seen) {
        // A gap shows as rows that nobody gets.
        seen = true;
        counts_.delivered += rows.size();
    } else if (goes_on || begins) {
        counts_.again += rows.size();
    } else {
        counts_.repeated += rows.size();
        fault("repeated", member, vgroup, begin, due);
    }
}

std::size_t group_model::changes_when_read(std::size_t member, std::size_t changes) {
    std::deque<std::size_t>& last = read_[member];
    last.push_back(changes);
    if (last.size() > ahead_ + 1) last.pop_front();
    return last.front();
}

void group_model::joins(std::size_t member) {
    for (const auto& [vgroup, changes] : committed_before_)
        places_[{member, vgroup}] = place{-1, changes.size()};
}

group_model::counts group_model::count() const {
    counts now = counts_;
    now.lost = log_.rows() - counts_.delivered;
    return now;
}

}  // namespace tmq::soak
