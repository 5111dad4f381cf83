// error: deleted.*committed|committed.*deleted
#include "tmq/tmq.hpp"

boost::asio::awaitable<void> consume(tmq::consumer& consumer) {
    co_await consumer.committed({tmq::topic_partition("meters", 1), tmq::topic_partition("meters", 2)});
}
