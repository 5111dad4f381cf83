#include "tmq/tmq.hpp"

#include <string>
#include <vector>

boost::asio::awaitable<void> consume(tmq::consumer& consumer, const tmq::block_view& block) {
    std::vector<std::string> topics{"meters", "alarms"};
    co_await consumer.subscribe(std::move(topics));
    std::vector<tmq::partition_offset> partitions;
    partitions.emplace_back("meters", 1, 10);
    co_await consumer.commit(partitions);
    co_await consumer.committed(partitions);
    co_await consumer.position(partitions);
    block.column<float>("current");
}
