#pragma once

#include "wire/defect.hpp"

#include <iosfwd>

namespace tmq::wire {

/// How GoogleTest shows a defect.
void PrintTo(const defect& error, std::ostream* out);

}  // namespace tmq::wire
