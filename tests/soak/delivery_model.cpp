#include "soak/delivery_model.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tmq::soak {

void delivery_model::fault(const char* what, std::int32_t vgroup, const reader& on, std::int64_t begin,
                           std::int64_t end) {
    if (first_fault_.empty())
        first_fault_ = fmt::format("{}: vgroup {} brought offsets {} to {} when {} was due", what, vgroup,
                                   begin, end, on.position);
}

void delivery_model::read_from(std::int32_t vgroup, std::int64_t offset) {
    const bool is_new = !readers_.contains(vgroup);
    reader& on = readers_[vgroup];
    for (const std::size_t missed : on.passed_over)
        counts_.lost += log_.entries(vgroup)[missed].rows.size();
    on.passed_over.clear();
    on.next = log_.entry_at(vgroup, offset);
    on.position = offset;
    if (!is_new) return;
    on.reached = on.next;
    on.highest = on.finished = offset;
}

void delivery_model::deliver(std::int32_t vgroup, std::int64_t begin, std::int64_t end,
                             std::span<const std::uint64_t> rows) {
    const auto known = readers_.find(vgroup);
    if (known == readers_.end()) {
        counts_.foreign += rows.size();
        return fault("a vgroup that is not read", vgroup, {}, begin, end);
    }
    reader& on = known->second;
    const std::vector<message_log::entry>& entries = log_.entries(vgroup);
    const std::size_t index = log_.entry_at(vgroup, end - 1);
    // the server may have gone on over offsets without rows before it found the message
    const bool is_there =
        index != entries.size() && begin >= entries[index].begin && begin < end && entries[index].end == end;
    if (!is_there || !std::ranges::equal(entries[index].rows, rows)) {
        counts_.foreign += rows.size();
        return fault("not a message of the log", vgroup, on, begin, end);
    }
    if (index < on.next) {
        const bool was_missing = on.passed_over.erase(index) != 0;
        (was_missing ? counts_.out_of_order : counts_.repeated) += rows.size();
        return fault(was_missing ? "out of order" : "repeated", vgroup, on, begin, end);
    }
    if (index > on.next) fault("lost", vgroup, on, begin, end);
    for (; on.next < index; ++on.next)
        on.passed_over.insert(on.next);
    counts_.delivered += rows.size();
    if (index < on.reached) counts_.asked_again += rows.size();
    on.next = index + 1;
    on.position = end;
    on.reached = std::max(on.reached, on.next);
    on.highest = std::max(on.highest, end);
}

bool delivery_model::may_stand(std::int64_t offset, std::int64_t due, std::int32_t vgroup) const {
    return offset >= due && log_.entry_at(vgroup, offset) == log_.entry_at(vgroup, due);
}

bool delivery_model::may_be_at(std::int32_t vgroup, std::int64_t offset) const {
    return may_stand(offset, readers_.at(vgroup).position, vgroup);
}

bool delivery_model::may_be_committed(std::int32_t vgroup, std::int64_t offset) const {
    const std::int64_t finished = readers_.at(vgroup).finished;
    return offset <= finished || may_stand(offset, finished, vgroup);
}

void delivery_model::finish() {
    for (auto& [vgroup, on] : readers_)
        on.finished = on.highest;
}

std::uint64_t delivery_model::pending() const {
    std::uint64_t rows = 0;
    for (const auto& [vgroup, on] : readers_)
        rows += log_.rows_from(vgroup, on.next);
    return rows;
}

delivery_model::counts delivery_model::count() const {
    counts now = counts_;
    for (const auto& [vgroup, on] : readers_)
        for (const std::size_t missed : on.passed_over)
            now.lost += log_.entries(vgroup)[missed].rows.size();
    return now;
}

}  // namespace tmq::soak
