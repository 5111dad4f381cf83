// error: deleted.*commit|commit.*deleted
#include "tmq/tmq.hpp"

boost::asio::awaitable<void> consume(tmq::consumer& consumer) {
    co_await consumer.commit({tmq::topic_partition("meters", 1, 10), tmq::topic_partition("meters", 2, 20)});
}
