// Four ways to read the rows of a block: as tuples, as a struct of your own, column by column, and without
// knowing the columns.
#include <tmq/describe.hpp>
#include <tmq/format.hpp>
#include <tmq/testing/meters.hpp>
#include <tmq/tmq.hpp>

#include <fmt/format.h>
#include <boost/asio.hpp>

#include <algorithm>
#include <vector>

namespace asio = boost::asio;
using namespace std::chrono_literals;

struct meter {
    tmq::timestamp ts;
    double current = 0;                   // FLOAT: widening without loss is fine
    std::int64_t voltage = 0;             // INT
    std::optional<std::string> location;  // has nulls
};
BOOST_DESCRIBE_STRUCT(meter, (), (ts, current, voltage, location))

void print(const tmq::block_view& block) {
    for (const auto& [ts, voltage] : block.rows<tmq::timestamp, std::int32_t>("ts", "voltage"))
        fmt::print("tuple   {} {}\n", ts, voltage);

    for (const meter& m : block.rows_as<meter>())
        fmt::print("struct  {} {:.3f} {} {}\n", m.ts, m.current, m.voltage, m.location.value_or("-"));

    const auto current = block.column<float>("current");
    std::vector<float> numbers(current.size());
    current.copy_to(numbers);
    fmt::print("column  highest current {:.3f}\n", *std::max_element(numbers.begin(), numbers.end()));

    for (const tmq::row_view row : block.dynamic_rows()) {
        fmt::print("dynamic {}\n", row);  // JSON
        for (const auto& [name, value] : row)
            if (std::holds_alternative<tmq::timestamp>(value))
                fmt::print("        {} is a timestamp\n", name);
    }
}

asio::awaitable<void> consume(tmq::consumer& consumer) {
    co_await consumer.subscribe("topic_meters");
    tmq::message message;
    if (co_await consumer.poll(message, 1s))
        for (const tmq::block_view block : message.blocks())
            print(block);
    co_await consumer.close();
}

int main() {
    try {
        tmq::testing::server server;
        server.create_topic(tmq::testing::topic_options("topic_meters"));
        tmq::testing::append_meters(server, "topic_meters", tmq::testing::meter_source(42, 1, 2), 0, 3, 3);

        tmq::config config(server.url());
        config.group_id("example").start_at(tmq::offset_reset::earliest);
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
