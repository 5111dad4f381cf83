#include "subscription/silence.hpp"

namespace tmq::subscription {

bool silence::is_long(std::size_t vgroup, std::optional<std::int64_t> position,
                      std::optional<std::int64_t> end) {
    if (vgroup >= seen_.size()) seen_.resize(vgroup + 1);
    std::optional<sight>& last = seen_[vgroup];
    if (last && last->position == position && last->end == end) return total_ - last->first_seen >= enough;
    last = sight{position, end, total_};
    return false;
}

}  // namespace tmq::subscription
