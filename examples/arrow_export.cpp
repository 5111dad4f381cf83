// Hands blocks to Arrow through its C data interface. No Arrow library is needed on this side; the receiver
// here only looks and releases, where yours would call ImportRecordBatch, RecordBatch._import_from_c, or what
// its library calls it.
#include <tmq/arrow.hpp>
#include <tmq/testing/meters.hpp>
#include <tmq/tmq.hpp>

#include <fmt/format.h>
#include <boost/asio.hpp>

namespace asio = boost::asio;
using namespace std::chrono_literals;

void receive(ArrowSchema* schema, ArrowArray* array) {
    fmt::print("{} rows\n", array->length);
    for (std::int64_t i = 0; i < schema->n_children; ++i)
        fmt::print("  {:<10} {:<8} {} nulls\n", schema->children[i]->name, schema->children[i]->format,
                   array->children[i]->null_count);
    schema->release(schema);
    array->release(array);
}

asio::awaitable<void> consume(tmq::consumer& consumer) {
    co_await consumer.subscribe("topic_meters");
    tmq::message message;
    while (co_await consumer.poll(message, 1s)) {
        co_await consumer.commit(message);
        // The columns share the ownership of the message from here on; polling goes on into an empty one.
        const auto owner = std::make_shared<const tmq::message>(std::move(message));
        for (const tmq::block_view block : owner->blocks()) {
            ArrowSchema schema;
            ArrowArray array;
            tmq::export_block(owner, block, &schema, &array);
            receive(&schema, &array);
        }
    }
    co_await consumer.close();
}

int main() {
    try {
        tmq::testing::server server;
        server.create_topic(tmq::testing::topic_options("topic_meters"));
        tmq::testing::append_meters(server, "topic_meters", tmq::testing::meter_source(42, 2, 5), 0, 1'000,
                                    500);

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
