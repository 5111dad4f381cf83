// error: no matching.*push_back|no known conversion|could not convert
#include "tmq/row.hpp"

#include <vector>

void keep(std::vector<tmq::row>& kept, const tmq::block_view& block) {
    for (const tmq::row_view row : block.dynamic_rows())
        kept.push_back(row);
}
