// error: no matching.*commit
#include "tmq/tmq.hpp"

boost::asio::awaitable<void> consume(tmq::consumer& consumer) {
    co_await consumer.commit(tmq::topic_partition("meters", 1));
}
