// error: deleted.*blocks|blocks.*deleted
#include "tmq/message.hpp"

tmq::message receive();
void read() {
    for (const tmq::block_view block : receive().blocks())
        block.row_count();
}
