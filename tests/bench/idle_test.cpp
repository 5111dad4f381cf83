#include "bench/bench_programs.hpp"

namespace tmq::test {
namespace {

output idle(const bench_server& server, const std::string& consumers, const std::string& threads) {
    return run_program("tmqbench", {"idle", "--url", server.url, "--topic", "bench", "--consumers", consumers,
                                    "--threads", threads, "--seconds", "1"});
}

TEST(tmqbench_idle, consumers_take_less_than_40_kib_each_and_ask_twice_a_second) {
    bench_server server({"--rows", "100"});
    const result all(idle(server, "20", "1"));
    EXPECT_EQ(all.text("peer"), "tmq");
    EXPECT_EQ(all.integer("consumers"), 20);
    EXPECT_EQ(all.integer("threads"), 1);
    EXPECT_LT(all.integer("heap_bytes_each"), 40 * 1024);
    EXPECT_GT(all.integer("rss_kb"), 0);
    EXPECT_GE(all.number("idle_s"), 1);
    EXPECT_LT(all.number("idle_cpu_share"), 1);
    EXPECT_GE(all.number("poll_s"), 1);
    // The server is asked to wait half a second each time, and answers late at most.
    EXPECT_GE(all.integer("polls"), 20);
    EXPECT_LE(all.integer("polls"), 20 * 3);
    EXPECT_GT(all.number("cpu_us_per_poll"), 0);
}

TEST(tmqbench_idle, threads_share_the_consumers) {
    bench_server server({"--rows", "100"});
    const result all(idle(server, "5", "2"));
    EXPECT_EQ(all.integer("consumers"), 5);
    EXPECT_EQ(all.integer("threads"), 2);
    EXPECT_GE(all.integer("polls"), 5);
    EXPECT_EQ(server.stop(), 0);
}

TEST(tmqbench_idle, says_what_is_wrong) {
    EXPECT_EQ(run_program("tmqbench", {"idle"}).status, 1);
    EXPECT_EQ(run_program("tmqbench", {"idle", "--url", "ws://127.0.0.1:1"}).status, 1);
    EXPECT_EQ(
        run_program("tmqbench", {"idle", "--url", "ws://127.0.0.1:1", "--topic", "t", "--consumers", "0"})
            .status,
        1);
    EXPECT_EQ(run_program("tmqbench", {"idle", "--url", "ws://127.0.0.1:1", "--topic", "t", "--seconds", "1"})
                  .status,
              2);
}

}  // namespace
}  // namespace tmq::test
