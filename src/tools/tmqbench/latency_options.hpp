#pragma once

#include "tools/tmqbench/member_options.hpp"

#include <cstddef>

namespace tmq::tools::tmqbench {

enum class latency_client { tmq, drain };

struct latency_options : member_options {
    latency_client client = latency_client::tmq;
    std::size_t rows = 500;
    double rate = 75;
};

/// Parses the options of latency.
/// *Throws* usage_error, or tmq::error for settings that the library refuses.
latency_options parse_latency_options(arguments& args);

}  // namespace tmq::tools::tmqbench
