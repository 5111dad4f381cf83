// error: deleted.*position|position.*deleted
#include "tmq/tmq.hpp"

boost::asio::awaitable<void> consume(tmq::consumer& consumer) {
    co_await consumer.position({tmq::topic_partition("meters", 1), tmq::topic_partition("meters", 2)});
}
