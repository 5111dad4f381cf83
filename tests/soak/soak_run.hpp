#pragma once

#include "soak/soak_options.hpp"

namespace tmq::soak {

/// One run: prints its line, and returns whether all was right.
bool run(const run_options& how);

}  // namespace tmq::soak
