#include "bench/bench_programs.hpp"

namespace tmq::test {
namespace {

TEST(ceiling_drain, receives_every_message_of_a_topic) {
    bench_server server({"--rows", "1600", "--rows-per-block", "100", "--blocks-per-message", "2"});
    const result drained(run_program(
        "drain", {"--port", server.port, "--topic", "bench", "--messages", "8", "--rows", "1600"}));
    EXPECT_EQ(drained.text("peer"), "drain");
    EXPECT_EQ(drained.integer("msgs"), 8);
    EXPECT_EQ(drained.integer("rows"), 1600);
    // 53 bytes of values a row, an offset of four bytes for each text and its length of two, and what goes
    // around it all.
    EXPECT_GT(drained.integer("bytes"), 1600 * 59);
    EXPECT_LT(drained.integer("bytes"), 1600 * 65);
    EXPECT_GT(drained.number("seconds"), 0);
    EXPECT_GT(drained.integer("rss_kb"), 0);
}

TEST(ceiling_drain, does_not_count_what_is_not_there) {
    bench_server server({"--rows", "100", "--rows-per-block", "100"});
    expect_drain_to_miss(server.port, "9");
}

TEST(ceiling_inflate, gets_out_of_compressed_messages_what_drain_receives_of_others) {
    bench_server server({"--rows", "1600", "--rows-per-block", "100", "--blocks-per-message", "2"});
    const result inflated(run_program("inflate", {"--port", server.port, "--topic", "bench", "--messages",
                                                  "8", "--rows", "1600", "--rounds", "2"}));
    EXPECT_EQ(inflated.text("peer"), "inflate");
    EXPECT_EQ(inflated.integer("rows"), 1600);
    EXPECT_EQ(inflated.integer("msgs"), 8);
    EXPECT_EQ(inflated.integer("rounds"), 2);
    EXPECT_GT(inflated.integer("inflated_bytes"), 1600 * 59);
    EXPECT_LT(inflated.integer("inflated_bytes"), 1600 * 65);
    EXPECT_LT(inflated.integer("bytes"), inflated.integer("inflated_bytes") / 2);
    EXPECT_GT(inflated.number("zlib_cpu_s"), 0);
    EXPECT_GT(inflated.number("on_arrival_cpu_s"), 0);
    EXPECT_EQ(run_program("inflate",
                          {"--port", server.port, "--topic", "no_such", "--messages", "1", "--rows", "1"})
                  .status,
              2);
    EXPECT_EQ(run_program("inflate", {"--port", server.port}).status, 1);
}

}  // namespace
}  // namespace tmq::test
