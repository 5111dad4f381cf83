#include "e2e.hpp"
#include "support/malloc_counter.hpp"

namespace tmq::test {
namespace {

class allocation : public e2e {
  protected:
    static constexpr int warm_up = 30;
    static constexpr int measured = 300;

    /// Appends messages of about `bytes` each: one block of meter rows, some 50 bytes a row.
    void append_messages(std::size_t bytes) {
        create_topic();
        const std::size_t rows = bytes / 50;
        block_builder block = meters.make_block(0);
        for (std::uint64_t row = 0; row < rows; ++row) meters.add_row(block, row * meters.tables());
        for (int i = 0; i < warm_up + measured; ++i) server.append(topic, server.vgroups(topic)[0], block);
    }
    /// Allocations of the consumer's thread for `measured` messages after `warm_up`, each read row by row.
    std::uint64_t allocations_of_polling(const bool commit) {
        std::uint64_t allocated = 0;
        std::uint64_t rows = 0;
        auto consumer = make_consumer();
        run([&]() -> asio::awaitable<void> {
            co_await consumer.subscribe(topic);
            message received;
            std::uint64_t before = 0;
            for (int i = 0; i < warm_up + measured; ++i) {
                if (i == warm_up) before = allocations_of_this_thread();
                const bool got = co_await consumer.poll(received, 5s);
                EXPECT_TRUE(got);
                for (const block_view block : received.blocks())
                    for (const auto& [ts, current, location] :
                         block.rows<timestamp, float, std::optional<std::string_view>>("ts", "current", "location")) {
                        rows += ts.ticks() != 0 && current >= 0 && (!location || !location->empty()) ? 1U : 0U;
                    }
                if (commit) co_await consumer.commit(received);
            }
            allocated = allocations_of_this_thread() - before;
            EXPECT_GT(rows, 0U);
            co_await consumer.close();
        });
        return allocated;
    }
};

TEST_F(allocation, the_counter_counts_mallocs_of_this_thread) {
    const std::uint64_t before = allocations_of_this_thread();
    const auto number = std::make_unique<int>(1);
    EXPECT_EQ(allocations_of_this_thread() - before, 1U);
    EXPECT_EQ(*number, 1);
}

TEST_F(allocation, a_message_of_64_kib_costs_none) {
    append_messages(64 << 10);
    EXPECT_EQ(allocations_of_polling(false), 0U);
}

TEST_F(allocation, a_message_of_64_kib_and_its_commit_cost_none) {
    append_messages(64 << 10);
    EXPECT_EQ(allocations_of_polling(true), 0U);
}

TEST_F(allocation, a_small_message_costs_none) {
    append_messages(100);
    EXPECT_EQ(allocations_of_polling(false), 0U);
}

TEST_F(allocation, a_message_of_a_megabyte_costs_none) {
    append_messages(1 << 20);
    EXPECT_EQ(allocations_of_polling(false), 0U);
}

TEST_F(allocation, waiting_for_messages_costs_none) {
    create_topic();
    block_builder block = meters.make_block(0);
    meters.add_row(block, 0);
    std::uint64_t allocated = 0;
    auto consumer = make_consumer();
    run([&]() -> asio::awaitable<void> {
        co_await consumer.subscribe(topic);
        message received;
        std::uint64_t before = 0;
        for (int i = 0; i < 40; ++i) {
            if (i == 20) before = allocations_of_this_thread();
            EXPECT_FALSE(co_await consumer.poll(received, 3ms));
        }
        allocated = allocations_of_this_thread() - before;
        co_await consumer.close();
    });
    EXPECT_EQ(allocated, 0U);
}

}  // namespace
}  // namespace tmq::test
