#pragma once

#include "tmq/alteration.hpp"

#include <cstdint>
#include <optional>

namespace tmq::base {

/// Returns the alteration with this number of the server, still without content; nothing for an unknown
/// number.
std::optional<alteration> make_alteration(std::int64_t alter_type);

}  // namespace tmq::base
