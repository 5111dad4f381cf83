#include "bench/bench_programs.hpp"
#include "tmq/testing/server.hpp"

namespace tmq::test {

using namespace testing;

namespace {

class tmqbench_latency : public ::testing::TestWithParam<const char*> {
  protected:
    output latency(const std::string& topic) {
        return run_program("tmqbench", {"latency", "--url", server.url(), "--topic", topic, "--client",
                                        GetParam(), "--rows", "20", "--rate", "200"});
    }
    testing::server server;
};

TEST_P(tmqbench_latency, is_that_of_every_row_and_leaves_nothing_behind) {
    // The second run would find what the first had left.
    for (int run = 0; run < 2; ++run) {
        const result measured(latency("trickle"));
        EXPECT_EQ(measured.text("peer"), GetParam());
        EXPECT_EQ(measured.text("mode"), GetParam() == std::string("drain") ? "waiting" : "prefetch 1");
        EXPECT_EQ(measured.integer("rows"), 20);
        EXPECT_LE(measured.number("p50_ms"), measured.number("p90_ms"));
        EXPECT_LE(measured.number("p90_ms"), measured.number("p99_ms"));
        EXPECT_LE(measured.number("p99_ms"), measured.number("max_ms"));
        EXPECT_LT(measured.number("max_ms"), 10'000);
    }
    EXPECT_THROW((void)server.vgroups("trickle"), std::invalid_argument);
    EXPECT_TRUE(server.await_connections(0));
}

TEST_P(tmqbench_latency, does_not_touch_a_topic_or_a_database_of_others) {
    server.create_topic(topic_options("taken"));
    server.execute("CREATE DATABASE base");
    for (const char* const name : {"taken", "base"}) {
        const output refused = latency(name);
        EXPECT_EQ(refused.status, 2);
        EXPECT_NE(refused.errors.find("already exist"), std::string::npos) << refused.errors;
    }
    EXPECT_EQ(server.vgroups("taken").size(), 1U);
    EXPECT_NO_THROW(server.execute("DROP DATABASE base"));
    EXPECT_EQ(server.request_count("subscribe"), 0U);
}

INSTANTIATE_TEST_SUITE_P(clients, tmqbench_latency, ::testing::Values("tmq", "drain"),
                         [](const auto& client) { return client.param; });

}  // namespace
}  // namespace tmq::test
