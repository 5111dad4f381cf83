// error: (cannot convert|no viable conversion).*optional
#include "tmq/tmq.hpp"

#include <cstdint>

std::int64_t read(const tmq::message& message) { return message.next_offset(); }
