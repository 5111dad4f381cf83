// error: deleted.*committed|committed.*deleted
#include "tmq/tmq.hpp"

boost::asio::awaitable<void> consume(tmq::consumer& consumer) {
    co_await consumer.committed({tmq::partition_offset("meters", 1), tmq::partition_offset("meters", 2)});
}
