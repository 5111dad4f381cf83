// error: deleted function .*cell
#include "tmq/testing/block_builder.hpp"

void fill(tmq::testing::block_builder& block) { block.row('x'); }
