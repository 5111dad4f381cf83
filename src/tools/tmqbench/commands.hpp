#pragma once

#include "tools/arguments.hpp"

namespace tmq::tools::tmqbench {

// Each command returns its exit status, and throws usage_error for wrong options.
int consume(arguments args);
int idle(arguments args);
int latency(arguments args);
int serve(arguments args);
int report(arguments args);

}  // namespace tmq::tools::tmqbench
