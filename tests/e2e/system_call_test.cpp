#include "e2e.hpp"
#include "support/system_call_counter.hpp"

#include <ostream>

namespace tmq::test {

static std::ostream& operator<<(std::ostream& out, const system_calls& calls) {
    return out << calls.sends << " sends, " << calls.receives << " receives, " << calls.empty_receives
               << " of nothing, " << calls.waits << " waits, " << calls.others << " others";
}

namespace {

class system_call : public e2e {
  protected:
    static constexpr std::uint64_t warm_up = 30;
    static constexpr std::uint64_t measured = 1000;

    /// Messages of about `bytes` each: one block of meter rows, some 50 bytes a row.
    void append_messages(std::size_t bytes) {
        create_topic();
        block_builder block = meters.make_block(0);
        for (std::uint64_t row = 0; row < bytes / 50; ++row)
            meters.add_row(block, row * meters.tables());
        // Some more, so that reading ahead does not end at the end.
        for (std::uint64_t i = 0; i < warm_up + measured + 20; ++i)
            server.append(topic, server.vgroups(topic)[0], block);
    }
    /// Of the consumer's thread, for `measured` messages after `warm_up`.
    system_calls calls_of_polling(std::size_t ahead) {
        system_calls calls;
        config how = settings(std::to_string(ahead));
        how.prefetch(ahead);
        tmq::consumer consumer(context, how);
        run([&]() -> asio::awaitable<void> {
            co_await consumer.subscribe(topic);
            message received;
            for (std::uint64_t i = 0; i < warm_up + measured; ++i) {
                if (i == warm_up) calls = system_calls_of_this_thread();
                const bool got = co_await consumer.poll(received, 5s);
                EXPECT_TRUE(got);
            }
            calls = system_calls_of_this_thread() - calls;
            consumer.disconnect();
        });
        return calls;
    }
};

TEST_F(system_call, the_counter_counts_those_of_this_thread) {
    const system_calls before = system_calls_of_this_thread();
    int ends[2];
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
    char byte = 0;
    EXPECT_EQ(send(ends[0], &byte, 1, 0), 1);
    EXPECT_EQ(recv(ends[1], &byte, 1, 0), 1);
    EXPECT_EQ(recv(ends[1], &byte, 1, 0), -1);
    const system_calls calls = system_calls_of_this_thread() - before;
    close(ends[0]);
    close(ends[1]);
    EXPECT_EQ(calls.sends, 1U);
    EXPECT_EQ(calls.receives, 1U);
    EXPECT_EQ(calls.empty_receives, 1U);
    EXPECT_EQ(calls.all(), 3U);
}

/// Two requests and two replies, one call each. Besides, Asio looks for bytes before it waits for them.
constexpr std::uint64_t most_calls_with_bytes = 4;
constexpr std::uint64_t most_calls = 8;

class message_system_calls : public system_call, public ::testing::WithParamInterface<std::size_t> {};

TEST_P(message_system_calls, are_four_that_move_bytes_and_four_others) {
    append_messages(GetParam());
    for (const std::size_t ahead : {0U, 1U, 8U}) {
        const system_calls calls = calls_of_polling(ahead);
        // What is read ahead at the end may be more than it was at the beginning.
        EXPECT_LE(calls.sends + calls.receives, most_calls_with_bytes * (measured + ahead))
            << ahead << " ahead: " << calls;
        EXPECT_LE(calls.all(), most_calls * (measured + ahead)) << ahead << " ahead: " << calls;
    }
}

INSTANTIATE_TEST_SUITE_P(bytes, message_system_calls, ::testing::Values(100, 16 << 10, 60'000),
                         ::testing::PrintToStringParamName());

}  // namespace
}  // namespace tmq::test
