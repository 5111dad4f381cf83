// How much memory messages take while they are read one after the other, and what a consumer takes that has
// none.
#include "e2e.hpp"

#include <array>
#include <cstdint>
#include <set>

namespace tmq::test {
namespace {

class memory : public e2e {
  protected:
    /// Where the messages of about so many bytes come to lie, apart from the first ones.
    std::size_t places_of(std::size_t bytes, config how) {
        constexpr int first = 6;
        constexpr int messages = 30;
        create_topic();
        const std::size_t rows = bytes / 50;
        block_builder block = meters.make_block(0);
        for (std::uint64_t row = 0; row < rows; ++row)
            meters.add_row(block, row * meters.tables());
        for (int i = 0; i < messages; ++i)
            server.append(std::string(topic), server.vgroups(std::string(topic))[0], block);
        tmq::consumer consumer(context, how);
        std::set<const void*> places;
        run([&]() -> asio::awaitable<void> {
            co_await consumer.subscribe(topic);
            message received;
            for (int i = 0; i < messages; ++i) {
                EXPECT_TRUE(co_await consumer.poll(received, 10s));
                EXPECT_EQ(received.row_count(), rows);
                if (i >= first) places.insert(received.raw().data());
            }
            co_await consumer.close();
        });
        return places.size();
    }
};

TEST_F(memory, large_messages_take_the_memory_of_two) { EXPECT_EQ(places_of(2 << 20, settings()), 2U); }

TEST_F(memory, compressed_messages_take_the_memory_of_two_too) {
    EXPECT_EQ(places_of(256 << 10, settings().compression(true)), 2U);
}

TEST_F(memory, other_messages_take_the_memory_of_three) { EXPECT_EQ(places_of(64 << 10, settings()), 3U); }

}  // namespace
}  // namespace tmq::test
