#include "soak/message_log.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace tmq::soak {

void message_log::append(std::int32_t vgroup, std::int64_t end, std::vector<std::uint64_t> rows) {
    std::vector<entry>& all = vgroups_.at(vgroup);
    const std::int64_t begin = all.empty() ? 0 : all.back().end;
    if (end <= begin) throw std::logic_error("the log does not grow");
    if (rows.empty()) throw std::logic_error("a message without rows");
    const std::uint64_t tables = next_of_table_.size();
    for (const std::uint64_t row : rows) {
        const auto table = static_cast<std::uint32_t>(row % tables);
        if (vgroup_of_table_.emplace(table, vgroup).first->second != vgroup)
            throw std::logic_error("the table lives in another vgroup");
        if (row / tables != next_of_table_[table]++) throw std::logic_error("not the table's next row");
    }
    const std::uint64_t before = all.empty() ? 0 : all.back().rows_before + all.back().rows.size();
    rows_ += rows.size();
    all.push_back(entry{begin, end, std::move(rows), before});
}

std::vector<std::int32_t> message_log::vgroups() const {
    std::vector<std::int32_t> ids;
    for (const auto& [id, entries] : vgroups_)
        ids.push_back(id);
    return ids;
}

std::size_t message_log::entry_at(std::int32_t vgroup, std::int64_t offset) const {
    const std::vector<entry>& all = entries(vgroup);
    const auto at = std::partition_point(all.begin(), all.end(),
                                         [offset](const entry& one) { return one.end <= offset; });
    return static_cast<std::size_t>(at - all.begin());
}

std::uint64_t message_log::rows_from(std::int32_t vgroup, std::size_t first) const {
    const auto& all = entries(vgroup);
    return first >= all.size() ? 0 : all.back().rows_before + all.back().rows.size() - all[first].rows_before;
}

}  // namespace tmq::soak
