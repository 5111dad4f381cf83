#include "e2e.hpp"

namespace tmq::test {
namespace {

class compression : public e2e {
  protected:
    static constexpr std::uint64_t rows = 20'000;

    /// Consumes the whole topic; the rows are checked one by one.
    asio::awaitable<stats> consume(config how) {
        std::vector<int> seen(rows);
        tmq::consumer consumer(context, how);
        co_await consumer.subscribe(topic);
        message received;
        while (true) {
            const bool got = co_await consumer.poll(received, 300ms);
            if (!got) break;
            check_rows(received, meters, seen);
            co_await consumer.commit(received);
        }
        const stats result = consumer.stats();
        co_await consumer.close();
        EXPECT_EQ(count(seen), (delivery{rows, 0, 0}));
        co_return result;
    }
};

TEST_F(compression, the_same_rows_come_compressed_and_not) {
    create_topic(2);
    append(0, rows, 500, 4);
    run([&]() -> asio::awaitable<void> {
        config plain = settings("plain");
        const stats uncompressed = co_await consume(plain);
        EXPECT_EQ(uncompressed.bytes_inflated, 0U);
        config small = settings("small");
        small.compression(true);
        const stats compressed = co_await consume(small);
        EXPECT_GT(compressed.bytes_inflated, compressed.bytes_received) << "nothing was compressed";
        EXPECT_LT(compressed.bytes_received, uncompressed.bytes_received * 9 / 10);
        EXPECT_EQ(compressed.messages, uncompressed.messages);
        EXPECT_EQ(compressed.rows, rows);
    });
}

TEST_F(compression, a_server_that_does_not_compress_is_understood_all_the_same) {
    testing::server without(testing::server_options().compression(false));
    without.create_topic(topic_options(std::string(topic)).kind(topic_kind::stable));
    append_meters(without, topic, meters, 0, rows, 500, 4);
    run([&]() -> asio::awaitable<void> {
        config how = settings();
        how.port(without.port()).compression(true);
        const stats result = co_await consume(how);
        EXPECT_EQ(result.bytes_inflated, 0U);
        EXPECT_EQ(result.rows, rows);
    });
}

TEST_F(compression, a_message_beyond_the_limit_is_refused_however_small_it_comes) {
    create_topic();
    block_builder zeros;
    zeros.table("d0").column("ts", data_type::timestamp).column("text", data_type::varchar, 16'000);
    const std::string text(16'000, 'a');
    for (int row = 0; row < 500; ++row)
        zeros.row(std::int64_t{1'700'000'000'000} + row, text);
    server.append(topic, server.vgroups(topic).front(), zeros);
    run([&]() -> asio::awaitable<void> {
        config how = settings();
        how.compression(true).max_message_size(1 << 20);
        tmq::consumer consumer(context, how);
        co_await consumer.subscribe(topic);
        message received;
        EXPECT_EQ(co_await error_of(consumer.poll(received, 5s)), errc::message_too_big);
        EXPECT_LT(consumer.stats().bytes_received, 200'000U) << "what was refused had come compressed";
    });
}

}  // namespace
}  // namespace tmq::test
