#pragma once

#include "wire/failure.hpp"

#include <iosfwd>

namespace tmq::wire {

/// How GoogleTest shows a failure.
void PrintTo(const failure& error, std::ostream* out);

}  // namespace tmq::wire
