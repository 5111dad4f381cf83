#pragma once

#include "tools/tmqbench/arguments.hpp"

namespace tmq::tools::tmqbench {

/// The exit status of each; throw usage_error for options that make no sense.
int consume(arguments args);
int idle(arguments args);
int latency(arguments args);
int serve(arguments args);
int report(arguments args);

}  // namespace tmq::tools::tmqbench
