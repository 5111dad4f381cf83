// error: no member named .*offset
#include "tmq/tmq.hpp"

#include <cstdint>

std::int64_t read(const tmq::topic_partition& partition) { return partition.offset(); }
