// error: deleted.*commit|commit.*deleted
#include "tmq/tmq.hpp"

boost::asio::awaitable<void> consume(tmq::consumer& consumer) {
    co_await consumer.commit(
        {tmq::partition_offset("meters", 1, 10), tmq::partition_offset("meters", 2, 20)});
}
