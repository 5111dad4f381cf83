// A service, and its tests: against a server inside the test, with rows of its own choice, over connections
// that break and a server that restarts.
#include <tmq/testing/server.hpp>
#include <tmq/tmq.hpp>

#include <gtest/gtest.h>
#include <boost/asio.hpp>

namespace asio = boost::asio;
using namespace std::chrono_literals;

// The service: adds up a column, message by message, and commits what it has added. Ends when it has seen
// `enough` rows.
struct total {
    std::uint64_t rows = 0;
    std::int64_t volts = 0;
};
asio::awaitable<void> sum_voltage(tmq::consumer& consumer, total& sum, std::uint64_t enough) {
    co_await consumer.subscribe("topic_meters");
    tmq::message message;
    while (sum.rows < enough) {
        if (!co_await consumer.poll(message, 1s)) continue;
        for (const tmq::block_view block : message.blocks())
            for (const auto volts : block.column<std::int32_t>("voltage"))
                sum.volts += volts;
        sum.rows += message.row_count();
        co_await consumer.commit(message);
    }
    co_await consumer.close();
}

// Its tests: 40 messages of 5 rows, and the sum that they must give whatever happens on the way.
class service : public ::testing::Test {
  protected:
    service() {
        server.create_topic(tmq::testing::topic_options("topic_meters").vgroups(2));
        for (int i = 0; i < 40; ++i) {
            tmq::testing::block_builder block;
            block.column("ts", tmq::data_type::timestamp).column("voltage", tmq::data_type::integer);
            for (int row = 0; row < 5; ++row, expected.volts += 200 + i)
                block.row(1'700'000'000'000 + 5 * i + row, 200 + i);
            server.append("topic_meters", 1 + i % 2, block);
            expected.rows += block.rows();
        }
    }
    void serve(std::uint64_t enough) {
        asio::io_context context(1);
        tmq::consumer consumer(context, tmq::config(server.url())
                                            .group_id("sums")
                                            .start_at(tmq::offset_reset::earliest)
                                            .reconnect_interval(20ms));
        server.on_message([&](const tmq::testing::announced_message&
                                  message) {  // the server dies at its 10th message, and comes back
            if (!restarts || message.count != 10) return;
            server.stop();
            asio::post(context, [this] { server.start(); });
        });
        asio::co_spawn(context, sum_voltage(consumer, sum, enough),
                       [](std::exception_ptr failure) { EXPECT_FALSE(failure); });
        context.run();
        server.on_message(nullptr);
    }
    void expect_every_row_once() const {
        EXPECT_EQ(sum.rows, expected.rows);
        EXPECT_EQ(sum.volts, expected.volts);
        for (const int vgroup : {1, 2})
            EXPECT_EQ(server.committed("sums", "topic_meters", vgroup),
                      server.end_offset("topic_meters", vgroup));
    }

    tmq::testing::server server;
    bool restarts = false;
    total sum, expected;
};

TEST_F(service, adds_up_every_row) {
    serve(expected.rows);
    expect_every_row_once();
}

TEST_F(service, neither_loses_nor_repeats_rows_when_its_connection_breaks) {
    server.inject(tmq::testing::fault::reset().on("poll").skip(7));
    server.inject(tmq::testing::fault::reset().on("fetch_raw_data").skip(20));
    serve(expected.rows);
    expect_every_row_once();
    EXPECT_EQ(server.accepted_count(), 3U);
}

TEST_F(service, neither_loses_nor_repeats_rows_when_the_server_restarts) {
    restarts = true;
    serve(expected.rows);
    expect_every_row_once();
    EXPECT_EQ(server.accepted_count(), 2U);
}

TEST_F(service, goes_on_where_it_has_ended) {
    serve(100);
    serve(expected.rows);
    expect_every_row_once();
}
