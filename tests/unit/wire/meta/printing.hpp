#pragma once

#include "tmq/meta.hpp"
#include "unit/wire/printing.hpp"

#include <iosfwd>

namespace tmq {

/// How GoogleTest shows the value of a tag.
void PrintTo(const meta_value& value, std::ostream* out);

}  // namespace tmq
