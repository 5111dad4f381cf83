#include "soak/cut_dice.hpp"

#include <algorithm>

namespace tmq::soak {

using test::cut_kind;
using test::direction;
using test::link_plan;

cut_dice::cut_dice(std::uint64_t seed, std::size_t wanted_cuts, bool tls)
    : random_(seed), wanted_(wanted_cuts), early_(tls ? 5000 : 2500), stalls_left_(wanted_cuts / 25 + 1) {}

link_plan cut_dice::draw() {
    link_plan plan;
    if (all_done()) return plan;
    if (chance(2)) return plan.refused();
    const double done = static_cast<double>(cuts_) / static_cast<double>(wanted_);
    mean_bytes_ = std::clamp(mean_bytes_ * (done > share_ ? 1.2 : 0.8), 1000.0, 16e6);

    bool is_slow = false;
    const auto draws = [&](unsigned percent) {
        const bool drawn = chance(percent);
        is_slow = is_slow || drawn;
        return drawn;
    };
    if (draws(5))
        plan.segments(direction::to_client, 1 + below(64)).segments(direction::to_server, 1 + below(16));
    if (draws(4)) plan.delay(direction::to_client, std::chrono::milliseconds(1 + below(3)));
    if (draws(4)) plan.delay(direction::to_server, std::chrono::milliseconds(1 + below(3)));

    const direction way = chance(40) ? direction::to_server : direction::to_client;
    std::uint64_t bytes = 0;
    if (chance(30)) {
        bytes = below(way == direction::to_server ? early_ / 2 : early_);
    } else {
        // Requests are much shorter than what they bring.
        double mean = way == direction::to_server ? std::min(mean_bytes_ / 8, 2e5) : mean_bytes_;
        // A slow link would take most of the time.
        if (is_slow) mean = std::min(mean, 5e4);
        bytes =
            early_ / 2 + static_cast<std::uint64_t>(std::exponential_distribution<double>(1 / mean)(random_));
    }
    cut_kind how = chance(50) ? cut_kind::fin : cut_kind::rst;
    if (stalls_left_ != 0 && chance(6)) {
        how = cut_kind::stall;
        --stalls_left_;
    }
    plan.cut(way, bytes, how);
    return plan;
}

std::chrono::milliseconds cut_dice::closed_port() {
    return std::chrono::milliseconds(chance(5) ? 1 + below(30) : 0);
}

}  // namespace tmq::soak
