// error: no matching.*commit
#include "tmq/tmq.hpp"

#include <vector>

boost::asio::awaitable<void> consume(tmq::consumer& consumer, std::vector<tmq::topic_partition> partitions) {
    co_await consumer.commit(partitions);
}
