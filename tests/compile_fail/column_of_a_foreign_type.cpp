// error: no matching.*column
#include "tmq/tmq.hpp"

struct not_a_cell {};
double read(const tmq::block_view& block) { return block.column<not_a_cell>("current").size(); }
