#pragma once

#include "net/endpoint_ring.hpp"
#include "net/latency_histogram.hpp"
#include "net/logger.hpp"
#include "net/tls_context.hpp"
#include "tmq/config.hpp"
#include "tmq/stats.hpp"
#include "ws/mask_source.hpp"

#include <array>
#include <bit>
#include <cstdint>
#include <memory>

namespace tmq::net {

/// What the connections of one consumer share, the one of now and those after it.
struct environment {
    explicit environment(const config& the_settings)
        : settings(the_settings),
          log(settings.log_detail(), settings.log_target()),
          seed(random_seed()),
          endpoints(settings.endpoints(), seed) {}

    const config settings;
    const logger log;
    const std::uint64_t seed;  ///< for what is left to chance
    endpoint_ring endpoints;
    std::shared_ptr<const tls_context>
        tls;         ///< made for the first TLS connection: reading the system's roots takes time
    stats counters;  ///< all but the round trips
    latency_histogram round_trips;

  private:
    static std::uint64_t random_seed() {
        std::array<std::uint8_t, sizeof(std::uint64_t)> bytes{};
        ws::fill_random(bytes);
        return std::bit_cast<std::uint64_t>(bytes);
    }
};

}  // namespace tmq::net
