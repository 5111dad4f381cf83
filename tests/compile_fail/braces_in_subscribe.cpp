// error: deleted.*subscribe|subscribe.*deleted
#include "tmq/tmq.hpp"

boost::asio::awaitable<void> consume(tmq::consumer& consumer) {
    co_await consumer.subscribe({"meters", "alarms"});
}
