#pragma once

#include "session/latency_histogram.hpp"
#include "session/logger.hpp"
#include "session/tls_context.hpp"
#include "tmq/config.hpp"
#include "tmq/stats.hpp"

#include <memory>

namespace tmq {

/// What the connections of one consumer share, the one of now and those after it.
struct environment {
    explicit environment(const config& the_settings) : settings(the_settings), log(settings.log_detail(), settings.log_target()) {}

    const config settings;
    const logger log;
    std::shared_ptr<const tls_context> tls;  ///< made for the first TLS connection: reading the system's roots takes time
    stats counters;                          ///< all but the round trips
    latency_histogram round_trips;
};

}  // namespace tmq
