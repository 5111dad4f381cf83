// error: no matching.*push_back|no known conversion|could not convert
#include "tmq/value.hpp"

#include <vector>

void keep(std::vector<tmq::value>& kept, const tmq::block_view& block) { kept.push_back(block.value(0, 0)); }
