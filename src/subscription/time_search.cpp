#include "subscription/time_search.hpp"

#include <algorithm>

namespace tmq::subscription {

void time_search::found(std::int64_t offset, std::int64_t next_offset, timestamp newest) noexcept {
    if (newest < wanted_) {
        // A server that contradicts itself must not make the search endless.
        begin_ = std::max(next_offset, probe() + 1);
        return;
    }
    result_ = std::min(result_, offset);
    end_ = probe();
}

}  // namespace tmq::subscription
