#pragma once

#include "config/secrets.hpp"
#include "net/counters.hpp"
#include "net/endpoint_ring.hpp"
#include "net/logger.hpp"
#include "net/tls_context.hpp"
#include "tmq/config.hpp"
#include "ws/mask_source.hpp"

#include <array>
#include <bit>
#include <cstdint>
#include <memory>

namespace tmq::net {

/// State that the successive connections of one consumer share.
struct environment {
    explicit environment(const config& options)
        : settings(options),
          log(settings.log_detail(), settings.log_target()),
          seed(random_seed()),
          endpoints(settings.endpoints(), seed) {
        if (settings.traffic_target() && !settings.traffic_shows_secrets())
            redactor = std::make_unique<const tmq::settings::redactor>(settings);
    }

    /// Constant but for its credentials, which a provider may change before each connection.
    config settings;
    const logger log;
    const std::uint64_t seed;  ///< for the order of endpoints and for jitter
    endpoint_ring endpoints;
    /// Made for the first TLS connection: reading the system's roots takes time.
    std::shared_ptr<const tls_context> tls;
    net::counters counters;
    /// Null if secrets are not hidden in the traffic.
    std::unique_ptr<const tmq::settings::redactor> redactor;

  private:
    static std::uint64_t random_seed() {
        std::array<std::uint8_t, sizeof(std::uint64_t)> bytes{};
        ws::fill_random(bytes);
        return std::bit_cast<std::uint64_t>(bytes);
    }
};

}  // namespace tmq::net
