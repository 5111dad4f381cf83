#pragma once

#include "support/fault_proxy.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <random>

namespace tmq::soak {

/// Draws what befalls each connection, so that a wanted number of cuts spreads over a run: in the first bytes
/// (TLS, upgrade, subscribe, resume) or anywhere behind them, in either direction, of every kind. Stalls are
/// few since each costs a timeout. progress() may be called from any thread, the rest from the proxy's.
class cut_dice {
  public:
    cut_dice(std::uint64_t seed, std::size_t wanted_cuts, bool tls);

    test::link_plan draw();
    /// How long the port is closed after a cut; mostly not at all.
    std::chrono::milliseconds closed_port();
    void count_cut() { ++cuts_; }
    std::size_t cuts() const noexcept { return cuts_; }
    bool all_done() const noexcept { return cuts_ >= wanted_; }
    /// How much of the work is done, 0 to 1: the mean distance between cuts follows it.
    void progress(double share) noexcept { share_ = share; }

  private:
    std::uint64_t below(std::uint64_t limit) {
        return std::uniform_int_distribution<std::uint64_t>(0, limit - 1)(random_);
    }
    bool chance(unsigned percent) { return below(100) < percent; }

    std::mt19937_64 random_;
    std::size_t wanted_;
    std::uint64_t early_;
    double mean_bytes_ = 20'000;
    std::size_t stalls_left_;
    std::atomic<std::size_t> cuts_{0};
    std::atomic<double> share_{0};
};

}  // namespace tmq::soak
