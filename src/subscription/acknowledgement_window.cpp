#include "subscription/acknowledgement_window.hpp"

#include <utility>

namespace tmq::subscription {

void acknowledgement_window::add(std::int64_t next_offset) {
    if (count_ != 0 && next_offset <= at(count_ - 1).next_offset) return;
    if (count_ == ring_.size()) {
        constexpr std::size_t smallest = 8;
        std::vector<entry> larger(ring_.empty() ? smallest : 2 * ring_.size());
        for (std::size_t i = 0; i < count_; ++i)
            larger[i] = at(i);
        ring_ = std::move(larger);
        first_ = 0;
    }
    at(count_++) = entry{next_offset, false};
}

std::optional<std::int64_t> acknowledgement_window::acknowledge(std::int64_t next_offset) noexcept {
    std::size_t low = 0;
    for (std::size_t high = count_; low < high;) {
        const std::size_t middle = low + (high - low) / 2;
        if (at(middle).next_offset < next_offset)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == count_ || at(low).next_offset != next_offset) return std::nullopt;
    at(low).is_acknowledged = true;
    std::optional<std::int64_t> reached;
    for (; count_ != 0 && at(0).is_acknowledged; drop_first())
        reached = at(0).next_offset;
    return reached;
}

void acknowledgement_window::settle(std::int64_t next_offset) noexcept {
    while (count_ != 0 && at(0).next_offset <= next_offset)
        drop_first();
}

}  // namespace tmq::subscription
