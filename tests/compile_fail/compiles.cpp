#include "tmq/tmq.hpp"

#include <string>
#include <vector>

boost::asio::awaitable<void> consume(tmq::consumer& consumer, const tmq::block_view& block) {
    std::vector<std::string> topics{"meters", "alarms"};
    co_await consumer.subscribe(std::move(topics));
    std::vector<tmq::partition_offset> offsets;
    offsets.emplace_back("meters", 1, 10);
    co_await consumer.commit(offsets);
    co_await consumer.commit(tmq::partition_offset("meters", 1, 10));
    co_await consumer.seek(tmq::partition_offset("meters", 1, 10));
    std::vector<tmq::topic_partition> partitions;
    partitions.emplace_back("meters", 1);
    const tmq::consumer::known_offsets committed = co_await consumer.committed(partitions);
    co_await consumer.seek(tmq::partition_offset(committed[0].first, committed[0].second.value()));
    co_await consumer.position(partitions);
    block.column<float>("current");
    std::vector<tmq::value> values;
    values.push_back(block.value(0, 0).to_owned());
    const tmq::value_view view = values.back();
    std::vector<tmq::row> rows;
    for (const tmq::row_view row : block.dynamic_rows())
        rows.emplace_back(row);
    if (view.is_null()) co_return;
}
