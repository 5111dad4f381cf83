// error: rows_as.. needs #include .*tmq/describe.hpp
#include "tmq/tmq.hpp"

struct meter {
    tmq::timestamp ts;
};
void read(const tmq::block_view& block) { block.rows_as<meter>(); }
