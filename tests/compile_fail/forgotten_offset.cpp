// error: no matching.*partition_offset
#include "tmq/tmq.hpp"

tmq::partition_offset forget() { return tmq::partition_offset("meters", 1); }
