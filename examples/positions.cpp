// Places in the logs: how far a consumer has got, going back, and committing by hand.
#include <tmq/format.hpp>
#include <tmq/testing/meters.hpp>
#include <tmq/tmq.hpp>

#include <fmt/format.h>
#include <boost/asio.hpp>

#include <vector>

namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr const char* topic = "topic_meters";

asio::awaitable<std::uint64_t> rows_to_the_end(tmq::consumer& consumer) {
    std::uint64_t rows = 0;
    tmq::message message;
    while (co_await consumer.poll(message, 200ms))
        rows += message.row_count();
    co_return rows;
}

asio::awaitable<void> print_lag(tmq::consumer& consumer) {
    const std::vector<tmq::vgroup_lag> lag = co_await consumer.lag();
    for (const tmq::vgroup_lag& one : lag)
        fmt::print("{}\n", one);
}

asio::awaitable<void> consume(tmq::consumer& consumer) {
    co_await consumer.subscribe(topic);
    co_await print_lag(consumer);
    fmt::print("{} rows\n", co_await rows_to_the_end(consumer));
    co_await print_lag(consumer);
    co_await consumer.commit();  // all that was delivered

    // Everything once more. What is committed stays committed.
    co_await consumer.seek_to_beginning(topic);
    fmt::print("{} rows again\n", co_await rows_to_the_end(consumer));

    std::vector<tmq::topic_partition> partitions;
    std::vector<tmq::partition_offset> beginnings;
    const std::vector<tmq::assigned_vgroup> assigned = co_await consumer.assignment();
    for (const tmq::assigned_vgroup& one : assigned) {
        partitions.push_back(one.partition());
        if (one.log_begin()) beginnings.emplace_back(one.partition(), *one.log_begin());
    }
    const tmq::consumer::known_offsets committed = co_await consumer.committed(partitions);
    for (const auto& [partition, offset] : committed)
        fmt::print("{}: {} committed\n", partition, offset ? std::to_string(*offset) : "nothing");

    // The group starts over: its next consumer begins where the logs do.
    co_await consumer.commit(beginnings);
    co_await consumer.close();
}

int main() {
    try {
        tmq::testing::server server;
        server.create_topic(tmq::testing::topic_options(topic).vgroups(2));
        tmq::testing::append_meters(server, topic, tmq::testing::meter_source(42, 4), 0, 1'000);

        tmq::config config(server.url());
        config.group_id("example").start_at(tmq::offset_reset::earliest).auto_commit(false);
        asio::io_context context(1);
        tmq::consumer consumer(context, config);
        asio::co_spawn(context, consume(consumer), [](std::exception_ptr failure) {
            if (failure) std::rethrow_exception(failure);
        });
        context.run();
    } catch (const std::exception& why) {
        fmt::print(stderr, "{}\n", why.what());
        return 1;
    }
}
