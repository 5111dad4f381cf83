#include "consumer/unfinished.hpp"

#include <algorithm>

namespace tmq {

void unfinished::add(std::int64_t next_offset) {
    if (size() != 0 && next_offset <= entries_.back().next_offset) return;
    if (first_ > 0 && entries_.size() == entries_.capacity() && first_ >= entries_.size() / 2) {
        entries_.erase(entries_.begin(), entries_.begin() + static_cast<std::ptrdiff_t>(first_));
        first_ = 0;
    }
    entries_.push_back({next_offset, false});
}

std::optional<std::int64_t> unfinished::finish(std::int64_t next_offset) noexcept {
    const auto begin = entries_.begin() + static_cast<std::ptrdiff_t>(first_);
    const auto found =
        std::lower_bound(begin, entries_.end(), next_offset, [](const entry& one, std::int64_t offset) { return one.next_offset < offset; });
    if (found == entries_.end() || found->next_offset != next_offset) return std::nullopt;
    found->is_finished = true;
    std::optional<std::int64_t> reached;
    for (; first_ < entries_.size() && entries_[first_].is_finished; ++first_) reached = entries_[first_].next_offset;
    if (first_ == entries_.size()) clear();
    return reached;
}

void unfinished::settle(std::int64_t next_offset) noexcept {
    while (size() != 0 && entries_[first_].next_offset <= next_offset) ++first_;
    if (size() == 0) clear();
}

}  // namespace tmq
