// error: (cannot convert|no viable conversion).*topic_partition.*partition_offset
#include "tmq/tmq.hpp"

boost::asio::awaitable<void> consume(tmq::consumer& consumer) {
    co_await consumer.seek(tmq::topic_partition("meters", 1));
}
