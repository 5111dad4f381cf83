#pragma once

#include "micro/measure.hpp"

namespace tmq::bench {

/// A pass checks a message, again and again in the same memory, as a consumer does.
measure parsing(std::string name, std::string item, std::uint64_t items, std::vector<std::uint8_t> message);

}  // namespace tmq::bench
